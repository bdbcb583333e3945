"""Histories with everything that makes them hard: late, repeated and simultaneous events, and clocks that are ahead."""

from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

import msgspec

from schemas.events.interaction import Interaction
from schemas.events.raw_events import TOPIC_OF_TYPE, EventType
from schemas.moments import DAY_MS, HOUR_MS, from_ms, to_ms

START_MS = to_ms(datetime(2024, 1, 1, tzinfo=UTC))
_KINDS: tuple[EventType, ...] = ("purchase", "return", "support_contact", "action_taken", "judgement")
_DELAYS_MS = (0, 0, 0, 0, 1, HOUR_MS, 2 * DAY_MS, 45 * DAY_MS, -4 * 60_000)


def draw_history(random: Random, *, events: int, customers: int, days: int, raw_partitions: int) -> list[Interaction]:
    """Draw a history, in the order of the stamps.

    Args:
        random: Draws everything.
        events: Number of lines, about one in twenty of them a repeat.
        customers: Number of customers, some of them much busier than others.
        days: Length.
        raw_partitions: Partitions of each raw topic, among which lines are scattered.
    """
    hours = sorted(random.randrange(days * 24) for _ in range(events))
    offsets: dict[tuple[str, int], int] = {}
    history: list[Interaction] = []
    for number, hour in enumerate(hours):
        if history and random.random() < 0.05:
            line = random.choice(history[-20:])
        else:
            line = _line(random, number, START_MS + hour * HOUR_MS, customers)
        place = line.source_topic, random.randrange(raw_partitions)
        offsets[place] = offsets.get(place, -1) + 1
        history.append(
            msgspec.structs.replace(
                line,
                stamped_at=from_ms(START_MS + hour * HOUR_MS),
                source_partition=place[1],
                source_offset=offsets[place],
            )
        )
    return history


def _line(random: Random, number: int, stamp: int, customers: int) -> Interaction:
    kind = random.choices(_KINDS, (12, 2, 4, 1, 1))[0]
    money = Decimal(random.randrange(20_000)) / 100 if kind in ("purchase", "return") else Decimal(0)
    line = Interaction(
        event_id=f"event-{number}",
        customer_id=f"customer-{int(customers * random.random() ** 2)}",
        type=kind,
        occurred_at=from_ms(stamp - random.choice(_DELAYS_MS)),
        stamped_at=from_ms(stamp),
        source_topic=TOPIC_OF_TYPE[kind],
        source_partition=0,
        source_offset=0,
        amount=money,
        original_amount=money,
        units=random.randrange(1, 5) if money else 0,
    )
    return msgspec.structs.replace(line, **_details(random, kind))


def _details(random: Random, kind: EventType) -> dict[str, Any]:
    match kind:
        case "purchase":
            return {}
        case "return":
            return {"reason": random.choice(["defective", "late", ""])}
        case "action_taken":
            result = random.choice(["done", "no_answer", "dismissed"])
            return {"action": "call", "by": "ann", "result": result, "note": random.choice(["", "Glad."])}
        case "support_contact":
            ended = {"resolved": random.choice([True, False, None]), "satisfaction": random.choice([1, 5, None])}
            return {**ended, **_judged(random)}
        case "judgement":
            return {"by": random.choice(["ann", "bob"]), **_judged(random)}


def _judged(random: Random) -> dict[str, Any]:
    return {"sentiment": random.choice([-2, 0, 2, None]), "likely_to_leave": random.choice([True, False, None])}
