"""States as bytes, and bytes of every earlier version as states."""
