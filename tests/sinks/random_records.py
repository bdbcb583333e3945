"""Small random histories that are hard on roll-ups: ties, whole days apart, late events, copies that say otherwise."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

import msgspec

from schemas.events.interaction import Interaction, Item
from schemas.records.score import RiskScore
from schemas.records.training_example import TrainingExample
from tests.sinks.records import NOON, action, contact, example, judgement, purchase, returned, score
from tests.sinks.shop import Records

DAY: Final = timedelta(days=1)
CUSTOMERS: Final = 60
LINES: Final = 600
TOLD: Final = 120
DAYS: Final = tuple(day - early for day in range(15, 405, 15) for early in (0, 1))
SKUS: Final = tuple(f"sku{number:02}" for number in range(14))


def draw_records(random: Random) -> Records:
    """Everything once; moments are often exactly 14, 30 or 90 days apart, where windows end."""
    lines = [_line(random, number) for number in range(LINES)]
    lines += [_reseller(day) for day in range(2)]
    records = Records(lines, list(_scores(random)), list(_examples(random)), [], [], [])
    lines += [_told(random, number) for number in range(TOLD)]
    return records


def copies(random: Random, lines: list[Interaction]) -> list[Interaction]:
    """The same names again, published later by upstream with other contents, which must not count."""
    later = [
        {"stamped_at": line.stamped_at + timedelta(hours=1), "source_offset": line.source_offset + LINES}
        for line in lines
    ]
    said_otherwise = {
        "customer_id": "c0",
        "amount": Decimal(999),
        "items": (Item("sku00", 9, Decimal(1), Decimal(9)),),
        "campaign": "none",
        "topic": "none",
    }
    return [
        msgspec.structs.replace(line, **fields, **said_otherwise)
        for line, fields in zip(lines, later, strict=True)
        if random.random() < 0.3 and line.stamped_at < NOON + DAYS[-1] * DAY
    ]


def _line(random: Random, number: int) -> Interaction:
    stamped_at = NOON + (random.choice(DAYS) if number else DAYS[-1]) * DAY
    fields: dict[str, Any] = {
        "stamped_at": stamped_at,
        "occurred_at": stamped_at - random.choice((0, 0, 0, 1, 45)) * DAY,
        "source_offset": number,
    }
    name, who = f"e{number}", f"c{random.randrange(CUSTOMERS)}"
    if random.random() < 0.2:
        resolved, satisfaction = random.choice((True, False, None)), random.choice((1, 5, None))
        topic = random.choice(("delivery", "billing", ""))
        return contact(name, who, resolved=resolved, satisfaction=satisfaction, topic=topic, **fields)
    items = tuple(_item(random, sku) for sku in random.sample(SKUS, random.choice((1, 1, 2, 4))))
    fields |= {"items": items, "amount": sum((item.amount for item in items), Decimal(0))}
    if random.random() < 0.25:
        reason, order_id = random.choice(("late", "defective", "")), random.choice(("o1", "o2", ""))
        return returned(name, who, reason=reason, order_id=order_id, **fields)
    campaign = random.choice(("spring", "autumn", ""))
    return purchase(name, who, campaign=campaign, order_id=random.choice(("o1", "o2")), **fields)


def _told(random: Random, number: int) -> Interaction:
    """Return an action or a judgement of somebody; half of it while the customer was scored."""
    stamped_at = NOON + random.choice(DAYS) * DAY + timedelta(hours=random.randrange(2))
    fields: dict[str, Any] = {"stamped_at": stamped_at, "occurred_at": stamped_at, "source_offset": number}
    who, by = f"c{random.randrange(CUSTOMERS)}", random.choice(("ann", "bob"))
    if random.random() < 0.5:
        return action(f"a{number}", who, by=by, result=random.choice(("done", "no_answer")), **fields)
    thought = random.choice(({"likely_to_leave": True}, {"likely_to_leave": False}, {"sentiment": -1}))
    return judgement(f"j{number}", who, by=by, **thought, **fields)


def _item(random: Random, sku: str) -> Item:
    quantity, price = random.randrange(1, 4), Decimal(random.randrange(1000)) / 100
    return Item(sku, quantity, price, quantity * price)


def _reseller(day: int) -> Interaction:
    items = tuple(Item(f"sku{number:02}", 1, Decimal(1), Decimal(1)) for number in range(201))
    moment = {"occurred_at": NOON + day * DAY, "stamped_at": NOON + day * DAY}
    return purchase(f"r{day}", "reseller", items=items, source_offset=LINES - 1 - day, source_partition=1, **moment)


def _scores(random: Random) -> Iterator[RiskScore]:
    for who in range(CUSTOMERS):
        for day in random.sample(DAYS, 20):
            yield score(
                f"c{who}",
                scored_at=NOON + day * DAY + timedelta(hours=random.randrange(2)),
                cause=random.choice(("interaction", "review")),
                risk=random.choice((0.0, 0.1, 0.3, 0.5, 0.7, 0.9)),
                value_at_risk=float(random.randrange(100)),
                segment=random.choice(("let_be", "win_back")),
                life_cycle=random.choice(("", "new", "steady", "gone")),
                value_tier=random.choice(("", "low", "high")),
                yearly_margin=float(random.randrange(100)),
            )
            if random.random() < 0.2:
                yield score(f"c{who}", scored_at=NOON + day * DAY + timedelta(hours=2), risk=0.5, cause="interaction")
                yield score(f"c{who}", scored_at=NOON + day * DAY + timedelta(hours=2), risk=0.9, cause="review")


def _examples(random: Random) -> Iterator[TrainingExample]:
    for who in range(CUSTOMERS - 2):
        for day in random.sample(DAYS, 12):
            asked_at = NOON + day * DAY
            yield example(
                f"c{who}", left=random.random() < 0.5, risk=0.5, asked_at=asked_at, settled_at=asked_at + 90 * DAY
            )
