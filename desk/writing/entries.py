"""Events made from what a person entered; sending a form again makes the same event again."""

from datetime import datetime
from hashlib import blake2b
from typing import Any, Final, TypeVar

import msgspec
from pydantic import ValidationError

from schemas.errors import RejectedError
from schemas.events.action_events import ActionTaken, Judgement
from schemas.records.decisions import RetentionDecision

_DIGEST_BYTES: Final = 16

_Event = TypeVar("_Event", ActionTaken, Judgement)


class EntryRefusedError(RejectedError):
    """An entry is no valid event.

    Attributes:
        field: Name of the first field that is wrong.
    """

    def __init__(self, field: str, problem: str) -> None:
        """Name the field and what is wrong with it."""
        super().__init__(f"{field.replace('_', ' ')}: {problem}")
        self.field = field


class EntryBy(msgspec.Struct, frozen=True):
    """Person who enters something, with the time and the form.

    Attributes:
        person: Name of the person, as events give it.
        at: The present, UTC.
        form: Idempotency key of the form: the same for every sending of one form, different for every form.
    """

    person: str
    at: datetime
    form: str

    @property
    def event_id(self) -> str:
        """Id of the event: another person's form never has the same."""
        named = f"{len(self.person)} {self.person} {self.form}".encode()
        return f"desk-{blake2b(named, digest_size=_DIGEST_BYTES).hexdigest()}"

    def action(
        self, decision: RetentionDecision, result: str, *, note: str = "", until: datetime | None = None
    ) -> ActionTaken:
        """Return the event of something done about a decision, or of a step on the way.

        Args:
            decision: The decision.
            result: A result or a step, as in ``schemas.events.action_events``.
            note: The person's own words.
            until: End of a claim, or moment at which what is snoozed comes back, UTC.

        Raises:
            EntryRefusedError: A field is wrong.
        """
        return self._event(
            ActionTaken,
            customer_id=decision.customer_id,
            decision_id=decision.decision_id,
            action=decision.action,
            result=result,
            note=note,
            until=until,
        )

    def judgement(
        self,
        customer_id: str,
        *,
        sentiment: int | None = None,
        likely_to_leave: bool | None = None,
        note: str = "",
    ) -> Judgement:
        """Return the event of what the person thinks of a customer.

        Args:
            customer_id: The customer.
            sentiment: Mood of the customer, -2 to 2.
            likely_to_leave: True if the customer seems about to leave, False if not.
            note: The person's own words.

        Raises:
            EntryRefusedError: A field is wrong, or nothing is said.
        """
        if sentiment is None and likely_to_leave is None and not note:
            raise EntryRefusedError("note", "say something: a mood, whether they will leave, or a note")
        return self._event(
            Judgement, customer_id=customer_id, sentiment=sentiment, likely_to_leave=likely_to_leave, note=note
        )

    def _event(self, model: type[_Event], **fields: Any) -> _Event:  # noqa: ANN401 - pydantic looks at them
        try:
            return model(event_id=self.event_id, occurred_at=self.at, by=self.person, **fields)
        except ValidationError as error:
            first = error.errors()[0]
            raise EntryRefusedError(".".join(str(part) for part in first["loc"]), first["msg"]) from None
