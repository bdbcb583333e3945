"""One server process: started under a guard, awaited, stopped, and killed when it will not stop."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from deploy.local.guarded import Launch, Launched, launch_guarded
from deploy.local.server import LocalServerError, Server

LOOK_SECONDS: Final = 0.03
_STOP_SECONDS: Final = 0.002
"""Between two looks at whether a process stands: a signal arrives sooner than a server answers."""

_LOG_TAIL_LINES: Final = 4
_LOG_TAIL_BYTES: Final = 16_384

_BY_SIGNAL: Final = 128
"""Added by a guard, as by a shell, to the signal that killed its command."""


class ServerProcess(Server):
    """A command that runs as a server and never outlives this process.

    Args:
        name: What a person calls it, for messages.
        command: Program and arguments.
        log: File that its output is appended to.
        environment: Variables set beside those of this process.
        folder: Folder to run in; this process's own when not given.
        launch: Starts the command; under a guard when not given.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        *,
        folder: Path | None = None,
        launch: Launch = launch_guarded,
    ) -> None:
        self.name = name
        self._folder = folder
        self.log = log
        self._command = list(command)
        self._environment = dict(environment or {})
        self._launch = launch
        self._launched: Launched | None = None

    @property
    def running(self) -> bool:
        """True if the process has been started and has not ended."""
        return self._launched is not None and self._launched.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Exit code of the process; None while it runs."""
        return None if self._launched is None else self._launched.poll()

    @property
    def process_id(self) -> int | None:
        """Process id of the command, which is not that of its guard; None while it does not run."""
        return next((child.pid for child in self._children()), None)

    def why_ended(self) -> str | None:
        """Say in one line how the process ended, with its last line; None while it runs, or before it was started."""
        if self._launched is None or self.running:
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
        self._launched = self._launch(self._command, self.log, {**os.environ, **self._environment}, self._folder)

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until the server answers.

        Args:
            ready: Asks the server; true when it is ready to serve.
            seconds: How long to wait at most.

        Raises:
            LocalServerError: It ended, or did not answer in time. It has been stopped then.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise LocalServerError(f"{self.name} ended with {self.exit_code} while starting{self._last_words()}")
            if time.monotonic() > deadline:
                self.kill()
                raise LocalServerError(f"{self.name} did not answer within {seconds:.0f} s{self._last_words()}")
            time.sleep(LOOK_SECONDS)

    def finish(self, seconds: float) -> None:
        """Wait until a command that ends by itself has done its work.

        Args:
            seconds: How long to wait at most.

        Raises:
            LocalServerError: It failed, or did not end in time. It has been stopped then.
        """
        if self._launched is None:
            return
        try:
            code = self._launched.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise LocalServerError(f"{self.name} did not end within {seconds:.0f} s{self._last_words()}") from None
        if code != 0:
            raise LocalServerError(f"{self.name} ended with code {code}{self._last_words()}")

    def stop(self, seconds: float = 10) -> None:
        """Ask the process to end, wait, and kill it when it does not.

        Args:
            seconds: How long it may take to end by itself.
        """
        if self._launched is None:
            return
        self.terminate()
        try:
            self._launched.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        finally:
            self._launched.kill()

    def terminate(self) -> None:
        """Ask the process to end, paused or not, and do not wait for it."""
        if self._launched is not None and self.running:
            self.resume()
            self._launched.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process at once, as a power failure would."""
        if self._launched is not None:
            self._launched.kill()
            self._launched.wait()

    def pause(self) -> None:
        """Stop the process where it is (SIGSTOP), as a pause of its machine would, and return once it is stopped."""
        if self._launched is None:
            return
        while self.running and not self._children():  # a guard that has only just been started knows no signals
            time.sleep(LOOK_SECONDS)
        self._launched.send_signal(signal.SIGSTOP)
        while self.running and not self._is_stopped():
            time.sleep(_STOP_SECONDS)

    def resume(self) -> None:
        """Let a paused process go on."""
        if self._launched is not None:
            self._launched.send_signal(signal.SIGCONT)

    def _is_stopped(self) -> bool:
        with suppress(psutil.NoSuchProcess):  # it may have ended meanwhile
            return all(child.status() == psutil.STATUS_STOPPED for child in self._children())
        return True

    def _children(self) -> list[psutil.Process]:
        return [] if self._launched is None else self._launched.processes()

    def _last_words(self, lines: int = _LOG_TAIL_LINES) -> str:
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - _LOG_TAIL_BYTES))
            tail = log.read().decode("utf-8", "replace").split("\n")
        said = [line.strip() for line in tail if line.strip()][-lines:]
        return f": {' | '.join(said)} (log: {self.log})" if said else f" and said nothing (log: {self.log})"
