"""Decodes raw messages to validated interactions or refusals; no bytes can make it raise."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter, ValidationError

from schemas.events.dead_letter import Refusal
from schemas.events.interaction import Interaction, Origin, Rates, interaction_of
from schemas.events.raw_events import EVENT_CLASSES, TYPE_OF_TOPIC, Event
from schemas.events.refuse import refuse

FUTURE_TOLERANCE: Final = timedelta(minutes=5)
"""Tolerated lead of publishers' clocks over Kafka's."""

OLDEST: Final = timedelta(days=3653)
"""Ten years: older history does not tell who leaves now, and a wrong year is noticed."""

_ADAPTERS: Final[Mapping[str, TypeAdapter[Event]]] = {
    topic: TypeAdapter(EVENT_CLASSES[kind]) for topic, kind in TYPE_OF_TOPIC.items()
}


def decode(value: bytes, origin: Origin, rates: Rates, max_bytes: int) -> Interaction | Refusal:
    """Validate one raw message.

    Args:
        value: The message's bytes, of any content.
        origin: Position and timestamp; dates are compared with the timestamp.
        rates: Worth of the known currencies in the reporting currency.
        max_bytes: Limit of the message's length.

    Returns:
        The interaction, or the refusal.
    """
    if len(value) > max_bytes:
        return Refusal("too_large", f"the message has {len(value)} bytes; at most {max_bytes} are taken")
    try:
        event = _ADAPTERS[origin.topic].validate_json(value)
    except ValidationError as error:
        return refuse(error, origin.topic)
    refusal = _check_date(event.occurred_at, origin.stamped_at)
    if refusal is not None:
        return refusal
    try:
        return interaction_of(event, origin, rates)
    except KeyError as currency:
        known = ", ".join(sorted(rates))
        return Refusal("unknown_currency", f"currency {currency} has no rate; known are {known}")


def _check_date(occurred_at: datetime, stamped_at: datetime) -> Refusal | None:
    age = stamped_at - occurred_at
    if -age > FUTURE_TOLERANCE:
        return Refusal(
            "from_the_future",
            f"occurred_at {occurred_at.isoformat()} lies {-age} after the message's time {stamped_at.isoformat()}",
        )
    if age > OLDEST:
        return Refusal(
            "too_old",
            f"occurred_at {occurred_at.isoformat()} lies more than ten years before the message's time "
            f"{stamped_at.isoformat()}",
        )
    return None
