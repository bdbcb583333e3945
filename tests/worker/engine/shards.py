"""A shard with its store and its batch in memory, and the lines and pages that it is given."""

from collections import defaultdict
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from customers.encoding.encode import decode_customer
from customers.state import Customer
from risk.scoring.epoch_scorer import EpochScorer
from schemas.events.interaction import Interaction
from schemas.moments import DAY_MS, from_ms, to_ms
from schemas.settings.risk import RiskSettings, SegmentSettings
from streams.worker.engine.counters import Counters
from streams.worker.engine.shard import CustomerShard
from streams.worker.engine.shard_feed import FEED_KEY
from tests.kit.results import deciding
from tests.kit.worker_pages import MemoryStore, Recording, Sent, page_of, read_until

RISK = RiskSettings(horizon_days=30.0, max_open_questions=6, remembered_events=64)
START = to_ms(datetime(2024, 1, 1, tzinfo=UTC))
FOREVER = 1_000_000


@dataclass
class Run:
    """A partition and the shard that has it at the moment."""

    reviews_per_page: int = FOREVER
    risk: RiskSettings = RISK
    store: MemoryStore = field(default_factory=MemoryStore)
    batch: Recording = field(default_factory=Recording)
    counters: Counters = field(default_factory=Counters)
    scorer: EpochScorer = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self.scorer = ruling_scorer(self.risk)
        self.shard = self._new_shard(None)

    def hand_over(self) -> None:
        """Let a successor go on from what is stored and committed."""
        self.store = deepcopy(self.store)
        self.shard = self._new_shard(self.shard.progress())

    def fold(self, pages: Iterable[Sent]) -> "Run":
        """Fold pages."""
        for page in pages:
            self.shard.process(page.value, page.headers, self.batch)
        return self

    def finish(self, heartbeat: Sent) -> "Run":
        """Send a last heartbeat, and let everything be worked off that is due."""
        self.fold([heartbeat])
        while self.shard.work_off(self.batch):
            pass
        return self

    def customer(self, customer_id: str = "c") -> Customer:
        """A customer's state."""
        return decode_customer(self.store.values[customer_id.encode()])

    def customers(self) -> dict[bytes, bytes]:
        """States of all customers."""
        return {key: value for key, value in self.store.items() if key != FEED_KEY}

    def told(self) -> dict[tuple[str, bytes | None], list[bytes]]:
        """Return the emitted records, customer by customer."""
        found: dict[tuple[str, bytes | None], list[bytes]] = defaultdict(list)
        for topic, records in self.batch.records.items():
            for key, value, _ in records:
                found[topic, key].append(value)
        return dict(found)

    def _new_shard(self, progress: str | None) -> CustomerShard:
        return CustomerShard(
            0,
            self.store,
            progress,
            risk=self.risk,
            planner_of=deciding(self.risk),
            scorer=self.scorer,
            partitions=1,
            reviews_per_page=self.reviews_per_page,
            counters=self.counters,
        )


def ruling_scorer(risk: RiskSettings) -> EpochScorer:
    """A scorer that knows that no model will ever come."""
    scorer = EpochScorer(risk, SegmentSettings(), "USD")
    scorer.know_until(START + FOREVER * DAY_MS)
    return scorer


def bought(day: float, *, customer_id: str = "c", event_id: str = "", amount: int = 100) -> Interaction:
    """A purchase so many days after the start."""
    at = from_ms(START + round(day * DAY_MS))
    return Interaction(
        event_id=event_id or f"{customer_id}-{day}",
        customer_id=customer_id,
        type="purchase",
        occurred_at=at,
        stamped_at=at,
        source_topic="purchases",
        source_partition=0,
        source_offset=0,
        amount=Decimal(amount),
        units=1,
    )


def page(day: float, *lines: Interaction) -> Sent:
    """A page of the only source, which has read so many days."""
    return page_of(lines, read_until(START + round(day * DAY_MS)))
