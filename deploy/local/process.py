"""One server process: started under a guard, awaited, stopped, and killed when it will not stop."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

GUARD = Path(__file__).with_name("guard.py")
PORTS = range(20_000, 32_000)
"""Below the range from which Linux takes the ports of outgoing connections, which would race with a server's bind."""

LOG_TAIL_LINES = 4
LOG_TAIL_BYTES = 16_384
LOOK_SECONDS = 0.03
STOP_SECONDS = 0.002
"""Between two looks at whether a process stands: a signal arrives sooner than a server answers."""

_BY_SIGNAL = 128
"""What a guard, like a shell, adds to the signal that killed its command."""

Progress = Callable[[str], None]
"""Told in a few words what is being done, for a person who waits."""


class ServerFailed(Exception):  # noqa: N818 -- reads as the sentence it is
    """A local server could not be had, or died; the message is one line for a person, with the end of its log."""


def quiet(_doing: str) -> None:
    """Be the progress that nobody reads."""


def free_port(usual: int | None = None) -> int:
    """Find a port on 127.0.0.1 that nothing listens on.

    Args:
        usual: taken where it is free; one of the range `PORTS` otherwise.

    Raises:
        ServerFailed: no port of the range is free.
    """
    for port in [*([] if usual is None else [usual]), *random.sample(PORTS, 200)]:
        with socket.socket() as candidate, suppress(OSError):
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            candidate.bind(("127.0.0.1", port))
            return port
    raise ServerFailed(f"no free port between {PORTS.start} and {PORTS.stop} on 127.0.0.1")


def listens(port: int) -> bool:
    """Say whether something accepts connections on a port of 127.0.0.1."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True


def answers(url: str, seconds: float = 20.0) -> bool:
    """Whether a server of ours answers with 200.

    Args:
        url: Asked by GET.
        seconds: Waited for at most; a busy machine answers late.
    """
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:  # noqa: S310 - an address of ours
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


class Server(ABC):
    """Something that is started and stopped; a `with` block does both, and clears up after a start that failed."""

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @abstractmethod
    def start(self) -> None:
        """Start, and return when it serves."""

    @abstractmethod
    def stop(self) -> None:
        """Stop, whether it has started or not."""


class ServerProcess(Server):
    """A command that runs as a server and never outlives this process.

    Args:
        name: how a person calls it, for messages.
        command: program and arguments.
        log: file that its output is appended to.
        environment: variables set beside those of this process.
        folder: folder to run in; this process's own when not given.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        *,
        folder: Path | None = None,
    ) -> None:
        self.name = name
        self._folder = folder
        self.log = log
        self._command = list(command)
        self._environment = dict(environment or {})
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process has been started and has not ended."""
        return self._guard is not None and self._guard.poll() is None

    @property
    def exit_code(self) -> int | None:
        """With which code the process has ended; None while it runs."""
        return None if self._guard is None else self._guard.poll()

    @property
    def process_id(self) -> int | None:
        """Process id of the command, which is not that of its guard; None while it does not run."""
        return next(map(int, self._children()), None)

    def why_ended(self) -> str | None:
        """In one line, how the process ended and its last line; None while it runs, or before it was started."""
        if self._guard is None or self.running:
            return None
        code = self.exit_code or 0
        if code < 0 or code > _BY_SIGNAL:  # the guard itself, or what it guards
            return f"{self.name} was killed by signal {-code if code < 0 else code - _BY_SIGNAL} (log: {self.log})"
        return f"{self.name} ended with code {code}{self._last_words(lines=1)}"

    def start(self) -> None:
        """Start the command; a process that already runs is left alone."""
        if self.running:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._guard = subprocess.Popen(  # noqa: S603 -- our own commands
                [sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), *self._command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self._environment},
                cwd=self._folder,
                start_new_session=True,
            )

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until the server answers.

        Args:
            ready: asks the server; true when it is ready to serve.
            seconds: how long to wait at most.

        Raises:
            ServerFailed: it ended, or did not answer in time. It has been stopped then.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise ServerFailed(f"{self.name} ended with {self.exit_code} while starting{self._last_words()}")
            if time.monotonic() > deadline:
                self.kill()
                raise ServerFailed(f"{self.name} did not answer within {seconds:.0f} s{self._last_words()}")
            time.sleep(LOOK_SECONDS)

    def finish(self, seconds: float) -> None:
        """Wait until a command that ends by itself has done its work.

        Args:
            seconds: how long to wait at most.

        Raises:
            ServerFailed: it failed, or did not end in time. It has been stopped then.
        """
        if self._guard is None:
            return
        try:
            code = self._guard.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerFailed(f"{self.name} did not end within {seconds:.0f} s{self._last_words()}") from None
        if code != 0:
            raise ServerFailed(f"{self.name} ended with code {code}{self._last_words()}")

    def stop(self, seconds: float = 10) -> None:
        """Ask the process to end, wait, and kill it when it does not.

        Args:
            seconds: how long it may take to end by itself.
        """
        if self._guard is None:
            return
        self.terminate()
        try:
            self._guard.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        finally:
            self._kill_group()

    def terminate(self) -> None:
        """Ask the process to end, paused or not, and do not wait for it."""
        if self._guard is not None and self.running:
            self.resume()
            self._guard.terminate()

    def kill(self) -> None:
        """End the process at once, as a power failure would."""
        if self._guard is not None:
            self._kill_group()
            self._guard.wait()

    def pause(self) -> None:
        """Stop the process in its tracks (SIGSTOP), as a long pause of its machine would, and return when it stands."""
        if self._guard is None:
            return
        while self.running and not self._children():  # a guard that has only just been started knows no signals
            time.sleep(LOOK_SECONDS)
        self._guard.send_signal(signal.SIGUSR1)
        while self.running and not self._stands():
            time.sleep(STOP_SECONDS)

    def resume(self) -> None:
        """Let a paused process go on."""
        if self._guard is not None:
            self._guard.send_signal(signal.SIGUSR2)

    def _kill_group(self) -> None:
        if self._guard is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._guard.pid, signal.SIGKILL)

    def _stands(self) -> bool:
        with suppress(OSError):  # it may have ended meanwhile
            states = [Path("/proc", child, "stat").read_text().rpartition(") ")[2] for child in self._children()]
            return all(state.startswith("T") for state in states)
        return True

    def _children(self) -> list[str]:
        """The process ids of what the guard has started."""
        guard = "" if self._guard is None else str(self._guard.pid)
        with suppress(OSError):
            return Path("/proc", guard, "task", guard, "children").read_text().split()
        return []

    def _last_words(self, lines: int = LOG_TAIL_LINES) -> str:
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - LOG_TAIL_BYTES))
            tail = log.read().decode("utf-8", "replace").split("\n")
        said = [line.strip() for line in tail if line.strip()][-lines:]
        return f": {' | '.join(said)} (log: {self.log})" if said else f" and said nothing (log: {self.log})"
