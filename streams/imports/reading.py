"""A file of events, read as intake would read them; what is refused is counted, and no reason to stop."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from customers.facts import Fact
from schemas.events.dead_letter import Refusal
from schemas.events.history import HistoryError, decode_history
from schemas.events.interaction import Interaction, Rates
from schemas.events.refuse import kind_of, sentence_of
from streams.command.common import Report
from streams.imports.analysis.findings import findings, summary
from streams.imports.analysis.profile import Profile
from streams.imports.history import OpenHistory

_REPORT_BYTES = 256 * 1024


class Reading:
    """Reads a file once.

    Attributes:
        line: The line read last.
        bytes: Read so far.
        refused: Events refused so far, by reason.
        profile: Counts of those taken.
    """

    def __init__(
        self,
        history: OpenHistory,
        rates: Rates,
        max_bytes: int,
        grace_days: float,
        progress: Report,
        on_refused: Callable[[str, Refusal, bytes], None] = lambda _place, _refusal, _line: None,
    ) -> None:
        """Begin.

        Args:
            history: The file or files, in time order.
            rates: Worth of the known currencies in the reporting currency.
            max_bytes: Longest event that is taken.
            grace_days: Days by which an event may lie before one of an earlier line.
            progress: Is told of the bytes read now and then.
            on_refused: Is told of every refused event: its place, the refusal, and its bytes.
        """
        self.line = b""
        self.bytes = 0
        self.refused: Counter[str] = Counter()
        self.profile = Profile()
        self._kinds: Counter[tuple[str, str]] = Counter()
        self._first: dict[tuple[str, str], str] = {}
        self._history = history
        self._on_refused = on_refused
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
                self.profile.add(read)
                yield read

    def _check_order(self, event: Interaction) -> None:
        """Refuse a file that is not in time order: everything in it would happen at the time of its latest event."""
        late = event.stamped_at - event.occurred_at
        if late > self._grace:
            raise HistoryError(
                f"{self._history.place(self._line)}: event {event.event_id} occurred at "
                f"{event.occurred_at.isoformat()}, {late / timedelta(days=1):,.1f} days before an event of an earlier "
                f"line ({event.stamped_at.isoformat()}); sort the lines by occurred_at, or allow for late events with "
                "STAYLINE_RISK__GRACE_DAYS"
            )

    def tell_refused(self) -> list[str]:
        """One line for each kind of refusal, with the first event that was refused for it."""
        # Those whose ids were used before are in the profile already, since each is a valid event by itself.
        every = self.profile.total + sum(self.refused.values()) - self.refused["id_reused"]
        return [
            f"  {count:,} {kind[0]} ({count / every:.1%}), first in {self._first[kind]}"
            for kind, count in self._kinds.most_common()
        ]

    def refuse_reused(self, facts: Iterable[Fact]) -> None:
        """Count events that do not count, since an earlier one of their id says something else.

        Args:
            facts: The events, with their places among the lines as offsets.
        """
        for fact in sorted(facts, key=lambda fact: fact.offset):
            self.refused["id_reused"] += 1
            kind = "id_reused", ""
            self._kinds[kind] += 1
            said = f"event_id {fact.event_id} was used before for an event that says something else"
            self._first.setdefault(kind, f"{self._history.place(fact.offset + 1)}: {said}")

    def found(self, horizon_days: float, *, tells_holes: bool) -> list[str]:
        """Return what is to be known of the history before its results, a line each.

        Args:
            horizon_days: Days without a purchase after which a customer has left.
            tells_holes: False where holes are told by others.
        """
        found = findings(self.profile, horizon_days, tells_holes=tells_holes)
        return [*self._history.notes, *summary(self.profile), *(finding.line for finding in found)]

    @property
    def all_refused(self) -> int:
        """Rows and events refused, whether before or after they were events."""
        return self._history.refused + sum(self.refused.values())

    def _counted(self) -> Iterator[bytes]:
        reported = 0
        for line in self._history.lines():
            self._line += 1
            self.bytes += len(line)
            if self.bytes - reported >= _REPORT_BYTES:
                reported = self.bytes
                self._progress(reported)
            self.line = line.rstrip()
            yield self.line

    def _refuse(self, refusal: Refusal) -> None:
        self.refused[refusal.reason] += 1
        kind = refusal.reason, kind_of(refusal)
        self._kinds[kind] += 1
        place = self._history.place(self._line)
        self._first.setdefault(kind, f"{place}: {sentence_of(refusal)}")
        self._on_refused(place, refusal, self.line)
