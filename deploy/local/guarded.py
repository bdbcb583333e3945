"""A command that runs under a guard, which sees that it does not outlive this process."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import psutil

GUARD: Final = Path(__file__).with_name("guard.py")

_ASKED_OF_GUARD: Final = {signal.SIGSTOP: signal.SIGUSR1, signal.SIGCONT: signal.SIGUSR2}
"""Signals that would stop the guard itself, and those by which it is asked to pass them on."""


class Launched(Protocol):
    """A command that was started, and the end of it."""

    def poll(self) -> int | None:
        """Return the exit code as a shell gives it, negative where a signal came first; None while it runs."""

    def processes(self) -> list[psutil.Process]:
        """Return the process of the command, or nothing while there is none."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait until the command has ended, and return its exit code.

        Args:
            timeout: Seconds to wait at most.

        Raises:
            subprocess.TimeoutExpired: It still runs.
        """

    def send_signal(self, number: signal.Signals) -> None:
        """Send the command SIGTERM, SIGSTOP or SIGCONT."""

    def kill(self) -> None:
        """End the command and whatever it has started at once, and do not wait for it."""


class Guarded:
    """A command whose guard leads a process group of its own."""

    def __init__(self, guard: subprocess.Popen[bytes]) -> None:
        """Take over a guard that was started."""
        self._guard = guard

    def poll(self) -> int | None:
        """Return the exit code of the guard, which is that of its command."""
        return self._guard.poll()

    def processes(self) -> list[psutil.Process]:
        """Return what the guard has started."""
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(self._guard.pid).children()
        return []

    def wait(self, timeout: float | None = None) -> int:
        """Wait until the guard has ended, which it does with its command."""
        return self._guard.wait(timeout)

    def send_signal(self, number: signal.Signals) -> None:
        """Ask the guard to pass a signal on."""
        self._guard.send_signal(_ASKED_OF_GUARD.get(number, number))

    def kill(self) -> None:
        """Kill the guard's process group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._guard.pid, signal.SIGKILL)


Launch = Callable[[Sequence[str], Path, Mapping[str, str], Path | None], Launched]
"""Starts a command, given the file that its output is appended to, its whole environment and its folder."""


def launch_guarded(command: Sequence[str], log: Path, environment: Mapping[str, str], folder: Path | None) -> Guarded:
    """Start a command under a guard.

    Args:
        command: Program and arguments.
        log: File that its output is appended to.
        environment: All of its variables.
        folder: Folder to run in; this process's own when not given.
    """
    with log.open("ab") as output:
        return Guarded(
            subprocess.Popen(  # noqa: S603 -- our own commands
                [sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=folder,
                start_new_session=True,
            )
        )
