"""A process that is measured: its processor time and memory as Linux counts them."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from deploy.local.process import ServerProcess

_TICKS = os.sysconf("SC_CLK_TCK")


class MeasuredProcess(ServerProcess):
    """A server process that is measured while it runs, and then killed: its data are not used again."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def cpu_seconds(self) -> float:
        """Processor time of all its threads so far."""
        fields = Path(f"/proc/{self._pid()}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def peak_megabytes(self) -> float:
        """The most memory that it has held."""
        status = Path(f"/proc/{self._pid()}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def _pid(self) -> int:
        """The command's own: a guard started it as its only child."""
        children = self._children()
        if not children:
            raise RuntimeError(f"{self.name} does not run")
        return int(children[0])


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
