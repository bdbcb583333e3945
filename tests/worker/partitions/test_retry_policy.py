"""A customer who cannot be reviewed holds up nobody else, and catches up with everything once it can be."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from customers.encoding.encode import encode_customer
from customers.features.features import Features
from customers.state import STATE_VERSION, Customer
from risk.scoring.epoch_scorer import EpochScorer
from risk.scoring.look_planner import default_planner
from schemas.errors import PageFailedError
from schemas.events.dead_letter import DeadLetter, decode_dead_letter
from schemas.moments import DAY_MS
from schemas.pages.page import PAGE_VERSION
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


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def first_page() -> Sent:
    """Ill buys twice; ann, bob and cid once."""
    others = [bought(0, customer_id=name) for name in ("ann", "bob", "cid")]
    return page(0.5, *others, bought(0, customer_id="ill"), bought(0.1, customer_id="ill"))


def scored_by(one_partition: OnePartition, customer_id: str) -> int:
    """Return how often a customer was scored."""
    return sum(customer_id.encode() in value for topic, value in one_partition.told() if topic == "risk_scores")


def test_a_customer_whose_review_raises_is_set_aside_and_the_page_is_folded(executor: ThreadPoolExecutor) -> None:
    one_partition = OnePartition(executor)
    one_partition.fold(first_page())
    one_partition.fold(page(25, bought(25, customer_id="dan")))
    assert [(letter.topic, letter.partition) for letter in one_partition.letters] == [("customers", 0)]
    assert [scored_by(one_partition, name) > 1 for name in ("ann", "bob", "cid")] == [True] * 3
    assert scored_by(one_partition, "dan") == 1


def test_the_dead_letter_names_the_customer_and_holds_the_state_and_the_traceback(
    executor: ThreadPoolExecutor,
) -> None:
    one_partition = OnePartition(executor)
    one_partition.fold(first_page())
    state = one_partition.states()[b"ill"]
    one_partition.fold(page(25))
    (letter,) = one_partition.letters
    assert (letter.reason, letter.original) == ("unprocessable", state)
    assert letter.detail.startswith("customer ill cannot be reviewed: Traceback")
    assert letter.detail.rstrip().endswith("ArithmeticError: cannot be judged")


def test_between_pages_a_customer_is_set_aside_too(executor: ThreadPoolExecutor) -> None:
    one_partition = OnePartition(executor, reviews_per_page=0)
    one_partition.fold(first_page())
    one_partition.fold(page(25))
    assert one_partition.letters == []
    one_partition.work_off()
    assert len(one_partition.letters) == one_partition.retry_policy.customers_quarantined == 1
    assert [scored_by(one_partition, name) > 1 for name in ("ann", "bob", "cid")] == [True] * 3


def test_a_review_that_raises_once_is_done_at_the_second_try(executor: ThreadPoolExecutor) -> None:
    one_partition, well = OnePartition(executor, Illness(raises_left=1)), OnePartition(executor, Illness(raises_left=0))
    for one in (one_partition, well):
        one.fold(first_page())
        one.fold(page(25))
    assert (one_partition.letters, one_partition.told(), one_partition.states()) == ([], well.told(), well.states())


def test_a_customer_who_is_mended_catches_up_with_all_that_was_due(executor: ThreadPoolExecutor) -> None:
    one_partition, well = OnePartition(executor), OnePartition(executor, Illness(raises_left=0))
    for one in (one_partition, well):
        for sent in (first_page(), page(25), page(26.5), page(40)):
            one.fold(sent)
    assert len(one_partition.letters) == 3
    one_partition.illness.raises_left = 0
    for one in (one_partition, well):
        one.fold(page(60))
    assert (one_partition.told(), one_partition.states()) == (well.told(), well.states())


def test_every_setting_aside_has_a_letter_of_its_own(executor: ThreadPoolExecutor) -> None:
    one_partition = OnePartition(executor)
    for sent in (first_page(), page(25), page(26.5), page(40)):
        one_partition.fold(sent)
    assert len({(letter.topic, letter.partition, letter.offset) for letter in one_partition.letters}) == 3


@pytest.mark.parametrize("spoilt", [b"", b"abc", bytes(8) + b"no state at all", encode_customer(Customer(), 0)[:20]])
def test_a_state_that_cannot_be_decoded_is_set_aside_and_kept(executor: ThreadPoolExecutor, spoilt: bytes) -> None:
    one_partition = OnePartition(executor, Illness(raises_left=0))
    one_partition.store.partition(0).write({b"spoilt": spoilt}, 0)
    one_partition.partition.shard = one_partition.make_shard(0, one_partition.partition.view, None)
    one_partition.fold(first_page())
    one_partition.fold(page(25))
    assert one_partition.letters[0].original == spoilt
    assert one_partition.states()[b"spoilt"][8:] == spoilt[8:]
    assert scored_by(one_partition, "ann") > 1


def test_too_many_customers_in_a_row_who_cannot_be_reviewed_stop_the_worker(executor: ThreadPoolExecutor) -> None:
    one_partition = OnePartition(executor, Illness(purchases=1))
    one_partition.fold(page(0.5, *(bought(0, customer_id=f"c{number}") for number in range(MOST_QUARANTINED + 1))))
    with pytest.raises(PageFailedError, match="Too many customers in a row cannot be reviewed: customer c"):
        one_partition.fold(page(60))
    assert len(one_partition.letters) == MOST_QUARANTINED


def test_a_review_that_succeeds_ends_the_row(executor: ThreadPoolExecutor) -> None:
    one_partition = OnePartition(executor, most_quarantined=1)
    for sent in (first_page(), page(25), page(40)):
        one_partition.fold(sent)
    assert one_partition.retry_policy.customers_quarantined == 2


def test_a_page_of_a_newer_version_stops_the_worker_and_is_not_set_aside(executor: ThreadPoolExecutor) -> None:
    one_partition, sent = OnePartition(executor), first_page()
    newer = Sent(sent.value, {**sent.headers, "page": b"%d" % (PAGE_VERSION + 1)})
    said = f"page version {PAGE_VERSION + 1} is newer than {PAGE_VERSION}; upgrade this process first"
    with pytest.raises(PageFailedError, match=f"offset 0 cannot be read: {said}"):
        one_partition.fold(newer)
    assert (one_partition.letters, one_partition.states()) == ([], {})


def test_a_state_of_a_newer_version_stops_the_worker_and_is_not_set_aside(executor: ThreadPoolExecutor) -> None:
    one_partition = OnePartition(executor)
    newer = encode_customer(Customer(version=STATE_VERSION + 1), 0)
    one_partition.store.partition(0).write({b"c": newer}, 0)
    one_partition.partition.shard = one_partition.make_shard(0, one_partition.partition.view, None)
    told = f"state version {STATE_VERSION + 1} is newer than {STATE_VERSION}; upgrade this process first"
    with pytest.raises(PageFailedError, match=told):
        one_partition.fold(page(1))
    assert (one_partition.letters, one_partition.states()) == ([], {b"c": newer})


def test_many_who_cannot_be_reviewed_at_once_are_no_row_where_others_come_between_them(
    executor: ThreadPoolExecutor,
) -> None:
    one_partition = OnePartition(executor, most_quarantined=1)
    ill = [f"ill{number}" for number in range(5)]
    twice = [bought(day, customer_id=name) for name in ill for day in (0, 0.1)]
    one_partition.fold(page(0.5, *twice, *(bought(0, customer_id=f"well{number}") for number in range(500))))
    one_partition.fold(page(25))
    assert one_partition.retry_policy.customers_quarantined == len(ill)


def test_one_who_is_reviewed_before_all_others_fail_does_not_hide_the_row(executor: ThreadPoolExecutor) -> None:
    one_partition = OnePartition(executor)
    ill = [bought(day, customer_id=f"ill{number}") for number in range(20) for day in (1, 1.1)]
    one_partition.fold(page(1.5, bought(0, customer_id="ann"), *ill))
    with pytest.raises(PageFailedError, match="Too many customers in a row"):
        one_partition.fold(page(60))
