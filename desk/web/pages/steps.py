"""Steps about a decision: the buttons of its row, and the result that each writes."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from schemas.errors import RejectedError

RESULTS: Final = {
    "done": "done",
    "accepted": "accepted",
    "refused": "refused by the customer",
    "not_done": "could not be done",
}
"""Final results of an action, in words."""

STEPS: Final = frozenset({"claimed", "released", "no_answer", "snoozed", "escalated", "dismissed", *RESULTS})
_MORNING: Final = time(9)
_SOON: Final = (timedelta(hours=1), timedelta(hours=3))
_LONGEST_NOTE: Final = 2_000
_NEEDS_WORDS: Final = {"dismissed": "why it is dismissed", "escalated": "what somebody should look at"}


@dataclass(frozen=True, slots=True)
class SnoozeChoice:
    """A moment until which a decision can be put off.

    Attributes:
        until: The moment, UTC.
        words: As a person says it.
        value: The moment as the form sends it.
    """

    until: datetime
    words: str
    value: str


@dataclass(frozen=True, slots=True)
class TypedStep:
    """Form that a person sent about a decision.

    Attributes:
        step: Result, or step on the way to one.
        note: The person's words.
        until: End of a snooze, as it was sent; empty where there is none.
    """

    step: str
    note: str = ""
    until: str = ""

    def checked(self) -> str:
        """Return the step, once it is one that a page offers and says what it must.

        Raises:
            RejectedError: It is none, or words are missing or too many.
        """
        if self.step not in STEPS:
            raise RejectedError("Choose what was done.")
        if self.step in _NEEDS_WORDS and not self.note:
            raise RejectedError(f"Say {_NEEDS_WORDS[self.step]}.")
        check_note(self.note)
        return self.step

    def snooze_end(self, now: datetime, due_by: datetime) -> datetime:
        """Return until when it is put off.

        Args:
            now: Present time, UTC.
            due_by: End of the decision, UTC.

        Raises:
            RejectedError: It is no moment between the two.
        """
        try:
            until = datetime.fromisoformat(self.until)
        except ValueError:
            raise RejectedError("Choose until when it is put off.") from None
        if until.tzinfo is None or not now < until < due_by:
            raise RejectedError("It can be put off until a moment before its time is over, not until another.")
        return until


def check_note(note: str) -> None:
    """Refuse a note that is too long.

    Raises:
        RejectedError: It is.
    """
    if len(note) > _LONGEST_NOTE:
        raise RejectedError(f"A note has {_LONGEST_NOTE:,} characters at most, not {len(note):,}.")


def snooze_choices(now: datetime, zone: tzinfo) -> list[SnoozeChoice]:
    """Return the moments until which a decision can be put off; one that ends before cannot.

    Args:
        now: Present time, UTC.
        zone: Where the person is.
    """
    hours = [(now + one, f"in {one // timedelta(hours=1)} h") for one in _SOON]
    today = now.astimezone(zone).date()
    days = [
        (datetime.combine(today + timedelta(days=ahead), _MORNING, zone).astimezone(UTC), words)
        for ahead, words in ((1, "tomorrow at 9"), (2, "the day after at 9"), (7, "in a week at 9"))
    ]
    return [SnoozeChoice(until, words, until.isoformat()) for until, words in (*hours, *days)]
