"""The ``stayline`` command: reads the settings once, and hands each step what it needs.

Law of this package: it decides nothing. It turns words into calls, and errors into one line and an exit code:
0 done, 2 wrong use or settings, 3 a server cannot be reached, 1 anything else.
"""

from streams.command.main import main

__all__ = ["main"]
