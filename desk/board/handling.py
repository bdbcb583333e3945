"""Steps of people about one decision, folded from their events in the order of the log."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from desk.reading.handling import FINAL_RESULTS, HandlingEvent

CLAIM_ENDS_AFTER: Final = timedelta(minutes=30)
"""A claim that names no end ends then."""

TRIED_AGAIN_AFTER: Final = timedelta(hours=3)
"""A customer who did not answer comes back then."""

SNOOZE_ENDS_AFTER: Final = timedelta(days=1)
"""A decision that was put off without an end comes back then."""


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """State of a decision among people.

    Attributes:
        claimed_by: Who has taken it on last; empty if it was given back, or nobody has.
        claimed_until: End of that claim, UTC.
        comes_back_at: Moment from which on it is in the queue again, UTC; None if it never left.
        tries: How often the customer did not answer.
        escalated_by: Who wants somebody with more say to look; empty if nobody does.
        result: Final result; empty while there is none.
        last_by: Who did the latest thing about it.
        last_at: When, UTC.
        note: Their words.
    """

    claimed_by: str = ""
    claimed_until: datetime | None = None
    comes_back_at: datetime | None = None
    tries: int = 0
    escalated_by: str = ""
    result: str = ""
    last_by: str = ""
    last_at: datetime | None = None
    note: str = ""

    def holder(self, now: datetime) -> str:
        """Return who has it at a moment; empty if nobody: a claim ends by itself."""
        return self.claimed_by if self.claimed_until is not None and now < self.claimed_until else ""

    def is_waiting(self, now: datetime) -> bool:
        """Return True while it is put off, or the customer is to be tried again later."""
        return self.comes_back_at is not None and now < self.comes_back_at


def handling_of(events: Iterable[HandlingEvent]) -> Handling:
    """Return the state that events of one decision lead to, whatever order they are given in.

    Of two people who claim at once the one whose event comes first in the log has it, for everybody.

    Args:
        events: All events of the decision.
    """
    state = Handling()
    for event in sorted(events, key=lambda one: one.offset):
        state = _fold(state, event)
    return state


def _fold(state: Handling, event: HandlingEvent) -> Handling:
    if state.result and event.result not in FINAL_RESULTS:
        return state
    changes: dict[str, object] = {"last_by": event.by, "last_at": event.at, "note": event.note or state.note}
    free = {"claimed_by": "", "claimed_until": None}
    if event.result == "claimed":
        if state.holder(event.at) not in ("", event.by):
            return state
        changes |= {"claimed_by": event.by, "claimed_until": event.until or event.at + CLAIM_ENDS_AFTER}
        changes |= {"comes_back_at": None}
    elif event.result == "released":
        if state.holder(event.at) not in ("", event.by):
            return state
        changes |= free
    elif event.result == "snoozed":
        changes |= free | {"comes_back_at": event.until or event.at + SNOOZE_ENDS_AFTER}
    elif event.result == "no_answer":
        changes |= free | {"comes_back_at": event.at + TRIED_AGAIN_AFTER, "tries": state.tries + 1}
    elif event.result == "escalated":
        changes |= free | {"escalated_by": event.by, "comes_back_at": None}
    elif event.result in FINAL_RESULTS:
        changes |= free | {"result": event.result}
    return msgspec.structs.replace(state, **changes)
