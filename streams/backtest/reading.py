"""A file of events, read as intake would read them; what is refused is counted, and no reason to stop."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta

from schemas.events.dead_letter import Refusal
from schemas.events.history import HistoryError, decode_history
from schemas.events.interaction import Interaction, Rates
from schemas.events.refuse import sentence_of
from streams.command.common import Report

_REPORT_BYTES = 256 * 1024


class Reading:
    """Reads a file once.

    Attributes:
        bytes: Read so far.
        refused: Events refused so far, by reason.
    """

    def __init__(
        self, lines: Iterable[bytes], rates: Rates, max_bytes: int, grace_days: float, progress: Report
    ) -> None:
        """Begin.

        Args:
            lines: Of the file, in time order.
            rates: Worth of the known currencies in the reporting currency.
            max_bytes: Longest event that is taken.
            grace_days: Days by which an event may lie before one of an earlier line.
            progress: Is told of the bytes read now and then.
        """
        self.bytes = 0
        self.refused: Counter[str] = Counter()
        self._first: dict[str, str] = {}
        self._lines = lines
        self._line = 0
        self._rates = rates
        self._max_bytes = max_bytes
        self._grace = timedelta(days=grace_days)
        self._progress = progress

    def interactions(self) -> Iterator[Interaction]:
        """Yield the valid events.

        Raises:
            HistoryError: A line is out of order.
        """
        for read in decode_history(self._counted(), self._rates, self._max_bytes):
            if isinstance(read, Refusal):
                self._refuse(read)
            else:
                self._check_order(read)
                yield read

    def _check_order(self, event: Interaction) -> None:
        """Refuse a file that is not in time order: everything in it would happen at the time of its latest event."""
        late = event.stamped_at - event.occurred_at
        if late > self._grace:
            raise HistoryError(
                f"line {self._line}: event {event.event_id} occurred at {event.occurred_at.isoformat()}, "
                f"{late / timedelta(days=1):,.1f} days before an event of an earlier line "
                f"({event.stamped_at.isoformat()}); sort the lines by occurred_at, or allow for late events with "
                "STAYLINE_RISK__GRACE_DAYS"
            )

    def tell_refused(self) -> list[str]:
        """One line a reason, with the first event that was refused for it."""
        return [f"  {count:,} {reason}, first {self._first[reason]}" for reason, count in self.refused.most_common()]

    def _counted(self) -> Iterator[bytes]:
        reported = 0
        for line in self._lines:
            self._line += 1
            self.bytes += len(line)
            if self.bytes - reported >= _REPORT_BYTES:
                reported = self.bytes
                self._progress(reported)
            yield line.rstrip()

    def _refuse(self, refusal: Refusal) -> None:
        self.refused[refusal.reason] += 1
        self._first.setdefault(refusal.reason, f"in line {self._line}: {sentence_of(refusal)}")
