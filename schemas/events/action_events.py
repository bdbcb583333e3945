"""Raw events of those who keep customers: what they did, and what they think. They refer to decisions."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.events.fields import EventFields, Moment, Note, Sentiment
from schemas.records.decisions import ActionResult

HandlingStep = Literal["claimed", "released", "snoozed", "escalated"]
"""Steps of people on the way to a result; they end no decision and count for no customer."""

Person = Annotated[str, Field(min_length=1, max_length=128)]


class ActionTaken(EventFields):
    """Something that somebody did for a customer, or did not do, to keep them.

    Attributes:
        type: Optional on the topic; needed in files.
        decision_id: Decision that it carries out; absent if nobody asked for it.
        action: Name of the action, as in the playbook.
        by: Who did it.
        result: What came of it, or a step on the way to that.
        note: Their own words, such as why a decision was dismissed.
        until: End of a claim, or moment at which what was snoozed comes back; absent for what has neither.
    """

    type: Literal["action_taken"] = "action_taken"
    decision_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    action: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,31}$")]
    by: Person
    result: Literal[ActionResult, HandlingStep]
    note: Note = ""
    until: Moment | None = None


class Judgement(EventFields):
    """Judgement of a customer by somebody who knows them.

    Attributes:
        type: Optional on the topic; needed in files.
        by: Who judges.
        sentiment: Mood of the customer, from -2 (furious) to 2 (delighted).
        likely_to_leave: True if the customer seems about to leave, False if not.
        note: Their own words.
    """

    type: Literal["judgement"] = "judgement"
    by: Person
    sentiment: Sentiment | None = None
    likely_to_leave: bool | None = None
    note: Note = ""
