"""One partition as a worker has it, without Kafka, whose scorer can be made to fail."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from customers.features.features import Features
from customers.state import Customer
from risk.scoring.epoch_scorer import EpochScorer
from risk.scoring.look_planner import default_planner
from schemas.events.dead_letter import DeadLetter, decode_dead_letter
from schemas.moments import DAY_MS
from schemas.records.score import Score
from schemas.settings.risk import SegmentSettings
from schemas.topics import DEAD_LETTERS
from streams.faust.protocol import Failure, FetchedRecord
from streams.worker.commit.batch import AssignedPartition
from streams.worker.commit.committer import Committer
from streams.worker.engine.counters import Counters
from streams.worker.engine.protocols import PartitionStore
from streams.worker.engine.shard import CustomerShard
from streams.worker.partitions.quarantine import quarantine_customer, quarantine_page
from streams.worker.partitions.retry_policy import RetryPolicy
from streams.worker.store.partition_store import LocalStore, PartitionView
from tests.kit.worker_pages import Sent
from tests.worker.engine.shards import FOREVER, RISK, START, bought, page
from tests.worker.fakes import HeldSender

MOST_QUARANTINED = 3


@dataclass
class Illness:
    """Failure of the reviews of customers who have bought so many times."""

    purchases: int = 2
    raises_left: int = FOREVER

    def strike(self, customer: Customer) -> None:
        """Raise, if it is one of them."""
        if customer.purchases == self.purchases and self.raises_left:
            self.raises_left -= 1
            raise ArithmeticError("cannot be judged")


class FailingScorer(EpochScorer):
    """Judges as ever, but for customers who are ill when they are reviewed."""

    illness: Illness

    def __call__(self, customers: Sequence[Customer], moments: Sequence[int], features: Features) -> list[Score]:
        """Judge the customers."""
        for customer, now in zip(customers, moments, strict=True):
            if now - customer.as_of > DAY_MS:
                self.illness.strike(customer)
        return super().__call__(customers, moments, features)


@dataclass
class OnePartition:
    """One partition as a worker has it, without Kafka."""

    executor: ThreadPoolExecutor
    illness: Illness = field(default_factory=Illness)
    counters: Counters = field(default_factory=Counters)
    most_quarantined: int = MOST_QUARANTINED
    reviews_per_page: int = FOREVER
    offset: int = 0

    def __post_init__(self) -> None:
        """Begin with no customer."""
        self.store = LocalStore(None)
        self.committer = Committer(
            HeldSender(),
            self.executor,
            Failure(),
            max_batch_records=FOREVER,
            give_up_seconds=1,
            commit_offsets=self._never,
        )
        self.retry_policy = RetryPolicy(
            committer=self.committer,
            store=self.store,
            shard_factory=self.make_shard,
            page_letter=quarantine_page,
            customer_letter=quarantine_customer,
            most_quarantined=self.most_quarantined,
        )
        view = PartitionView(self.store.partition(0))
        self.partition = AssignedPartition(0, self.make_shard(0, view, None), view, 0)

    @staticmethod
    async def _never(_: object) -> None:
        raise NotImplementedError

    def make_shard(self, number: int, store: PartitionStore, progress: str | None) -> CustomerShard:
        """Make a shard whose scorer fails for whom it is told to."""
        scorer = FailingScorer(RISK, SegmentSettings(), "USD")
        scorer.illness = self.illness
        scorer.know_until(START + FOREVER * DAY_MS)
        return CustomerShard(
            number,
            store,
            progress,
            risk=RISK,
            planner_of=default_planner,
            scorer=scorer,
            partitions=1,
            reviews_per_page=self.reviews_per_page,
            counters=self.counters,
        )

    def fold(self, sent: Sent) -> None:
        """Fold a page, as the worker does."""
        message = FetchedRecord("interactions", 0, self.offset, 0, sent.headers, sent.value, self.offset)
        self.offset += 1
        self.retry_policy.fold(self.partition, message)
        self.committer.batch.folded(self.partition)

    def work_off(self) -> None:
        """Do what is due between pages, to its end."""
        while self.retry_policy.work_off(self.partition):
            self.committer.batch.folded(self.partition)

    @property
    def letters(self) -> list[DeadLetter]:
        """Return the quarantined records."""
        return [decode_dead_letter(value) for topic, value in self._emitted() if topic == DEAD_LETTERS]

    def told(self) -> list[tuple[str, bytes]]:
        """All else that was emitted, in no order."""
        return sorted(told for told in self._emitted() if told[0] != DEAD_LETTERS)

    def states(self) -> dict[bytes, bytes]:
        """The customers as they stand."""
        return dict(self.partition.view.items())

    def _emitted(self) -> list[tuple[str, bytes]]:
        return [(topic, value or b"") for topic, _, value, *_ in self.committer.batch.emitted]


def first_page() -> Sent:
    """Ill buys twice; ann, bob and cid once."""
    others = [bought(0, customer_id=name) for name in ("ann", "bob", "cid")]
    return page(0.5, *others, bought(0, customer_id="ill"), bought(0.1, customer_id="ill"))


def scored_by(one_partition: OnePartition, customer_id: str) -> int:
    """Return how often a customer was scored."""
    return sum(customer_id.encode() in value for topic, value in one_partition.told() if topic == "risk_scores")
