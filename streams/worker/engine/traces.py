"""Trace of a score: that of the event which led to it."""

from secrets import token_hex
from typing import Final

from schemas.trace import SPAN_ID_BYTES, Header, traceparent

_MOST: Final = 50_000
"""Events wait for the watermark, as a rule for less than a second; a history read at once makes no difference here."""


class Traces:
    """Trace ids of events that wait to be folded, kept in memory alone: a restart forgets them, and nothing else."""

    def __init__(self) -> None:
        """Know of no event."""
        self._waiting: dict[tuple[str, int], str] = {}

    def note(self, customer_id: str, stamp: int, trace_id: str) -> None:
        """Remember the trace of an event.

        Args:
            customer_id: The event's customer.
            stamp: Kafka's timestamp of it, ms since 1970, which is the moment of the score that follows.
            trace_id: As its publisher gave it; nothing is remembered where it is empty.
        """
        if not trace_id:
            return
        if len(self._waiting) >= _MOST:
            del self._waiting[next(iter(self._waiting))]
        self._waiting[customer_id, stamp] = trace_id

    def take(self, customer_id: str, stamp: int) -> Header | None:
        """Return the header for records that follow from a customer's event at a moment, once."""
        if not self._waiting:
            return None
        trace_id = self._waiting.pop((customer_id, stamp), None)
        return None if trace_id is None else traceparent(trace_id, token_hex(SPAN_ID_BYTES))
