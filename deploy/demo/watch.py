"""What ends while a demo runs is noticed: a process is started again, as compose would; a server gone ends the demo."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from deploy.demo.servers import Servers
from deploy.local.process import LOOK_SECONDS, ServerFailed, ServerProcess

_MOST_STARTS: Final = 3
_WITHIN_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 1.0
_WRONG_USE: Final = 2
"""The exit code that another start does not help."""


class Processes(Protocol):
    """What is started again when it ends."""

    def ended(self) -> Iterable[ServerProcess]:
        """Those that run no more."""
        ...


class Watch:
    """Looks after servers and processes whenever it is asked to.

    Args:
        servers: What the processes work with.
        processes: What works with them.
        tell: Told in one line what ended and what was done.
    """

    def __init__(self, servers: Servers, processes: Processes, tell: Callable[[str], None]) -> None:
        self._local = servers.local
        self._processes = processes
        self._tell = tell
        self._starts: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_MOST_STARTS))

    def look(self) -> None:
        """Start again what has ended.

        Raises:
            ServerFailed: A server ended, which nothing replaces, or a process that another start would not help.
        """
        self._look_at_servers()
        for process in self._processes.ended():
            self._start_again(process)

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """What fails in the block because a server is gone becomes a ServerFailed that names the server."""
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
            process: Which it is.
            ready: Asks it; true when it does its work.
            seconds: How long to wait at most.

        Raises:
            ServerFailed: It took too long.
        """
        until = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > until:
                raise ServerFailed(f"{process.name} was not ready within {seconds:.0f} s (log: {process.log})")
            self.sleep(LOOK_SECONDS)

    def _look_at_servers(self) -> None:
        why = self._local.why_ended() if self._local is not None else None
        if why is not None:
            raise ServerFailed(why) from None

    def _start_again(self, process: ServerProcess) -> None:
        why = process.why_ended() or process.name
        starts = self._starts[process.name]
        now = time.monotonic()
        if process.exit_code == _WRONG_USE:
            raise ServerFailed(why)
        if len(starts) == _MOST_STARTS and now - starts[0] < _WITHIN_SECONDS:
            raise ServerFailed(f"{why}; it had been started again {_MOST_STARTS} times within a minute")
        starts.append(now)
        self._tell(f"{why}; starting it again")
        process.start()
