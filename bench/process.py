"""A process that is measured: its processor time and memory as Linux counts them."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_TICKS = os.sysconf("SC_CLK_TCK")
_STOP_SECONDS = 15.0


class MeasuredProcess:
    """A command that runs while the block does."""

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        """Prepare it.

        Args:
            command: Program and arguments.
            log: Where its output goes.
            environment: Set beside this process's own variables.
        """
        self._command = list(command)
        self._log = log
        self._environment = {**os.environ, **environment}

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands
                self._command, stdout=log, stderr=subprocess.STDOUT, env=self._environment
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def require_running(self) -> None:
        """Go on only while it runs.

        Raises:
            RuntimeError: It ended; the message holds the end of its log.
        """
        if self._process.poll() is not None:
            raise RuntimeError(f"{' '.join(self._command[:4])} ended: {self._log.read_text()[-2000:]}")

    def cpu_seconds(self) -> float:
        """Processor time of all its threads so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def peak_megabytes(self) -> float:
        """The most memory that it has held."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
