"""Claims about the local servers that every other test stands on."""
