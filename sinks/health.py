"""Liveness and readiness of a process that moves records from Kafka to a server."""

from collections.abc import Callable
from time import monotonic

from runtime.service.liveness import Liveness


class Health:
    """State behind ``/live`` and ``/ready`` of the sink and the notifier.

    The loop writes and the health server reads; each field is written whole, by the loop alone.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """Start without partitions.

        Args:
            clock: Seconds of a monotonic clock.
        """
        self._clock = clock
        self._loop, self._commits = Liveness(clock()), Liveness(clock())
        self.assigned = 0
        """Partitions assigned to this process."""
        self.away: str | None = None
        """The server that is away, and since when if known; None while all answer."""

    def turn(self) -> None:
        """Note a turn of the loop."""
        self._loop.progress(self._clock())

    def move(self) -> None:
        """Note a commit, or that there is nothing to commit."""
        self._commits.progress(self._clock())

    def live(self) -> str | None:
        """Return why the process should be restarted. A server that is away is no reason: a restart would wait, too."""
        now = self._clock()
        if (seconds := self._loop.stuck_for(now)) is not None:
            return f"the loop stands still for {seconds:.0f} s"
        if self.away is None and (seconds := self._commits.stuck_for(now)) is not None:
            return f"nothing was committed for {seconds:.0f} s although there is lag"
        return None

    def ready(self) -> str | None:
        """Return why the process does not do its work."""
        if self.away is not None:
            return self.away
        return None if self.assigned else "no partitions are assigned"
