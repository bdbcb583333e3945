"""The ``stayline`` command: reads the settings once, and hands each step what it needs.

Law of this package: it decides nothing. It turns words into calls, and errors into one line and an exit code:
0 done, 2 wrong use or settings, 3 a server cannot be reached, 1 anything else, 130 ended by Ctrl-C.
"""

import os
import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command line and exit with its code; while modules are still imported, Ctrl-C ends it without a word."""
    before = signal.getsignal(signal.SIGINT)
    if before != signal.SIG_IGN:
        signal.signal(signal.SIGINT, _end)
    from streams.command.app import build, run  # noqa: PLC0415 - Ctrl-C is heard while these are imported

    app = build(sys.argv[1:])
    signal.signal(signal.SIGINT, before)
    run(app)


def _end(number: int, _frame: FrameType | None) -> None:
    """Exit as a shell says that a signal ends a command; nothing has been begun that would be left half done."""
    os._exit(128 + number)
