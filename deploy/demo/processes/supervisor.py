"""Supervision of a demo: a process that ends is started again, as compose would; a server that ends ends the demo."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

from deploy.demo.processes.outages import ServerKeeper
from deploy.demo.processes.servers import Servers
from deploy.local.process import LOOK_SECONDS, ServerProcess
from deploy.local.server import LocalServerError

_MOST_STARTS: Final = 3
_WITHIN_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 1.0
_USAGE_ERROR: Final = 2
"""The exit code that another start does not help."""


class Processes(Protocol):
    """Processes that are started again when they end."""

    def ended(self) -> Iterable[ServerProcess]:
        """Yield those that have ended."""
        ...


class Supervisor:
    """Looks after servers and processes whenever it is asked to.

    Args:
        servers: Servers that the processes work with.
        processes: Processes that work with them.
        report: Told in one line what ended and what was done.
    """

    def __init__(self, servers: Servers, processes: Processes, report: Callable[[str], None]) -> None:
        self._local = servers.local
        self._processes = processes
        self._report = report
        self._keepers: Sequence[ServerKeeper] = ()
        self._starts: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_MOST_STARTS))

    def look(self) -> None:
        """Start again the processes that have ended; while a kept server is away they wait for it.

        Raises:
            LocalServerError: A server ended that is not started again, or a process that another start would not help.
        """
        self._look_at_servers()
        if any(keeper.away for keeper in self._keepers):
            return
        for process in self._processes.ended():
            self._start_again(process)

    def sit_out(self, keepers: Sequence[ServerKeeper]) -> None:
        """Leave the servers to their keepers from here on, so that an outage no longer ends the demo.

        Args:
            keepers: One a server; they look already.
        """
        self._keepers = keepers

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Turn what fails in the block because a server is gone into a LocalServerError that names the server."""
        try:
            yield
        except Exception:
            self._look_at_servers()
            raise

    def sleep(self, seconds: float) -> None:
        """Wait, and look about once a second meanwhile; raises as ``look`` does.

        Args:
            seconds: How long.
        """
        until = time.monotonic() + seconds
        self.look()
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_SECONDS))
            self.look()

    def wait_until(self, process: ServerProcess, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until a process that was started answers, and look after all of them meanwhile; raises as ``look`` does.

        Args:
            process: The process.
            ready: Return True if it does its work.
            seconds: How long to wait at most.

        Raises:
            LocalServerError: It took too long.
        """
        until = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > until:
                raise LocalServerError(f"{process.name} was not ready within {seconds:.0f} s (log: {process.log})")
            self.sleep(LOOK_SECONDS)

    def _look_at_servers(self) -> None:
        if self._keepers:
            failure = next((keeper.failure for keeper in self._keepers if keeper.failure is not None), None)
            if failure is not None:
                raise LocalServerError(str(failure)) from None
            return
        why = self._local.why_ended() if self._local is not None else None
        if why is not None:
            raise LocalServerError(why) from None

    def _start_again(self, process: ServerProcess) -> None:
        why = process.why_ended() or process.name
        starts = self._starts[process.name]
        now = time.monotonic()
        if process.exit_code == _USAGE_ERROR:
            raise LocalServerError(why)
        if len(starts) == _MOST_STARTS and now - starts[0] < _WITHIN_SECONDS:
            raise LocalServerError(f"{why}; it had been started again {_MOST_STARTS} times within a minute")
        starts.append(now)
        self._report(f"{why}; starting it again")
        process.start()
