"""Runs one command and sees that it does not outlive the process that asked for it.

Used as `python guard.py PARENT COMMAND...`, in a process group of its own. Three ways lead to the same end:

* the parent is gone (SIGKILL included): the guard kills its whole process group;
* the guard itself is killed: Linux kills the command with it (`PR_SET_PDEATHSIG`);
* SIGTERM to the guard is passed on, so the command can end cleanly.

SIGUSR1 stops the command and SIGUSR2 lets it go on, so that a paused server still has a guard that is awake.
It is a program of the standard library alone: it starts in some 20 ms.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from types import FrameType

PR_SET_PDEATHSIG = 1
"""From `<sys/prctl.h>`: the signal that a process gets when its parent dies."""

PARENT_CHECK_SECONDS = 0.25
PASSED_ON = {
    signal.SIGTERM: signal.SIGTERM,
    signal.SIGINT: signal.SIGTERM,
    signal.SIGUSR1: signal.SIGSTOP,
    signal.SIGUSR2: signal.SIGCONT,
}


def _dying_with_the_guard() -> Callable[[], None]:
    """Prepare what the command does between fork and exec; loading libraries there would not be safe."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)

    def ask_for_death() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    return ask_for_death


def _heard_signals() -> int:
    """Return a descriptor that can be read when a signal has come, the end of the command among them.

    ``Popen.wait`` with a timeout looks twenty times a second instead, for as long as a server runs.
    """
    heard, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    return heard


def guard(parent: int, command: list[str]) -> int:
    """Run a command until it ends or the parent is gone.

    Args:
        parent: Process id of who asked; the guard's own parent as long as it lives.
        command: Program and arguments.

    Returns:
        The command's exit code, as a shell would give it (128 + signal when it was killed).
    """
    child: subprocess.Popen[bytes] | None = None
    early: list[signal.Signals] = []

    def pass_on(received: int, _frame: FrameType | None) -> None:
        passed = PASSED_ON[signal.Signals(received)]
        if child is None:
            early.append(passed)
        else:
            child.send_signal(passed)

    for received in PASSED_ON:  # before there is a command, so that it can be signalled as soon as it is seen
        signal.signal(received, pass_on)
    heard = _heard_signals()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_dying_with_the_guard())  # noqa: S603, PLW1509 -- this program has one thread
    for passed in early:
        child.send_signal(passed)
    while os.getppid() == parent:
        if select.select([heard], [], [], PARENT_CHECK_SECONDS)[0]:
            os.read(heard, 512)
        code = child.poll()
        if code is not None:
            return code if code >= 0 else 128 - code
    os.killpg(0, signal.SIGKILL)
    return 1


if __name__ == "__main__":
    try:
        sys.exit(guard(int(sys.argv[1]), sys.argv[2:]))
    except OSError as error:
        sys.exit(f"cannot start {sys.argv[2]}: {error}")
