"""Generated purchases, the same ones for every contestant: raw, as lines, as pages, and flat."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Final

import msgspec

from schemas.events.decode import decode
from schemas.events.interaction import Interaction, Origin, encode_interaction
from schemas.events.raw_events import RAW_TOPICS
from schemas.moments import DAY_MS, from_ms, text_of_ms, to_ms
from schemas.pages.page import Headers, Page, encode_headers, encode_lines
from schemas.pages.watermark import PartitionProgress, Progress
from schemas.settings.processes import IntakeSettings
from schemas.settings.risk import MoneySettings
from streams.intake.paging import PageBuilder
from streams.intake.partition import partition_of_key

PURCHASES: Final = "purchases"

_START_MS: Final = to_ms(datetime(2026, 3, 2, tzinfo=UTC))
_SHIPMENT: Final = 4_000
"""As many as intake gathers for one transaction while it is behind."""

_FLAT_FIELDS: Final = ("event_id", "customer_id", "type", "occurred_at", "stamped_at", "amount", "units")

_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Load:
    """Size and seed of the generated load.

    Attributes:
        events: Purchases.
        customers: Who makes them, each as likely as every other.
        days: They are spread evenly over so long.
        seed: The same one gives the same purchases.
        turn: Each turn goes on when the one before has ended, with other customers.
    """

    events: int
    customers: int
    days: float
    seed: int
    turn: int = 0


@dataclass(frozen=True, slots=True)
class GeneratedPurchase:
    """One purchase before intake and after it.

    Attributes:
        stamp: Kafka's timestamp, ms since 1970; no two purchases share one.
        customer_id: Whose it is.
        raw: As upstream publishes it.
        line: As intake writes it.
        flat: As peers get it: validated, priced, stamped, and nothing in it that does not matter to the state.
    """

    stamp: int
    customer_id: str
    raw: bytes
    line: bytes
    flat: bytes


def purchases_of(load: Load) -> Iterator[GeneratedPurchase]:
    """Generate the purchases of a load, in time order."""
    random = Random(load.seed + load.turn)
    step_ms = max(int(load.days * DAY_MS / load.events), 1)
    first = load.turn * load.events
    rates, max_bytes = MoneySettings().rates, IntakeSettings().max_event_bytes
    for number in range(first, first + load.events):
        stamp = _START_MS + number * step_ms
        customer_id = f"customer-{load.turn * load.customers + random.randrange(load.customers)}"
        raw = _encode(_event(random, number, customer_id, stamp))
        interaction = decode(raw, Origin(PURCHASES, 0, number, from_ms(stamp)), rates, max_bytes)
        if not isinstance(interaction, Interaction):
            raise TypeError(f"a generated purchase is refused: {interaction.detail}")
        yield GeneratedPurchase(stamp, customer_id, raw, encode_interaction(interaction), _flat(interaction))


def _event(random: Random, number: int, customer_id: str, stamp: int) -> dict[str, object]:
    items = [
        {
            "sku": f"sku-{random.randrange(5_000)}",
            "quantity": random.randint(1, 3),
            "unit_price": f"{random.lognormvariate(3.0, 0.7):.2f}",
            "category": random.choice(("home", "garden", "books", "music", "games")),
        }
        for _ in range(random.choice((1, 1, 1, 2, 3)))
    ]
    return {
        "event_id": f"purchase-{number}",
        "customer_id": customer_id,
        "occurred_at": text_of_ms(stamp),
        "order_id": f"order-{number}",
        "currency": random.choice(("USD", "USD", "USD", "EUR")),
        "items": items,
        "channel": random.choice(("web", "app", "store")),
    }


def _flat(interaction: Interaction) -> bytes:
    return _encode({name: getattr(interaction, name) for name in _FLAT_FIELDS})


def pages_of(purchases: Sequence[GeneratedPurchase], partitions: int) -> Iterator[tuple[int, bytes, Headers]]:
    """Lay purchases out as an intake that is behind would.

    Args:
        purchases: In time order, one at least.
        partitions: Customer partitions.

    Yields:
        Partition, value and headers of each page; the clock of a shipment's last page on a partition covers all lines.
    """
    limits = IntakeSettings()
    said = purchases[0].stamp - 1
    pages = PageBuilder(max_lines=limits.page_lines, max_bytes=limits.page_bytes)
    for start in range(0, len(purchases), _SHIPMENT):
        shipment = purchases[start : start + _SHIPMENT]
        for purchase in shipment:
            pages.add(partition_of_key(purchase.customer_id, partitions), purchase.line)
        clock = shipment[-1].stamp
        for partition, cuts in pages.take().items():
            for lines in cuts[:-1]:
                yield partition, encode_lines(lines), _headers(len(lines), said)
            yield partition, encode_lines(cuts[-1]), _headers(len(cuts[-1]), clock)
        said = clock


def _headers(lines: int, clock: int) -> Headers:
    read, untouched = [PartitionProgress(clock, idle=False)], [PartitionProgress(0, idle=True)]
    progress: Progress = {topic: [*(read if topic == PURCHASES else untouched)] for topic in RAW_TOPICS}
    return encode_headers(Page("bench", lines, clock, progress))
