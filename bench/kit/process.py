"""A process that is measured: its processor time and memory as Linux counts them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import psutil

from deploy.local.process import ServerProcess


class MeasuredProcess(ServerProcess):
    """A server process that is measured while it runs, and then killed: its data are not used again."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def cpu_seconds(self) -> float:
        """Return the processor time of all its threads so far."""
        times = self._command_process().cpu_times()
        return times.user + times.system

    def resident_bytes(self) -> int:
        """Return the memory that it holds now."""
        return self._command_process().memory_info().rss

    def peak_bytes(self) -> int:
        """Return the most memory that it has held since its start, which only Linux itself tells."""
        status = Path(f"/proc/{self._command_process().pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    def peak_megabytes(self) -> float:
        """Return the most memory that it has held since its start, in MiB."""
        return self.peak_bytes() / 1024**2

    def _command_process(self) -> psutil.Process:
        """Return the measured process: a guard started it as its only child."""
        children = self._children()
        if not children:
            raise RuntimeError(f"{self.name} does not run")
        return children[0]


@contextmanager
def standing_still(processes: Iterable[MeasuredProcess]) -> Iterator[None]:
    """Hold processes still (SIGSTOP) for as long as this is entered."""
    held = list(processes)
    for process in held:
        process.pause()
    try:
        yield
    finally:
        for process in held:
            process.resume()
