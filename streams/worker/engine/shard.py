"""The engine of one partition: a page in, changed states and records out.

It knows neither Kafka nor Faust: it reads and writes a store, and hands records to a batch. The worker decides which
of them become visible together, and when.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Final
from zlib import crc32

import msgspec

from customers.advance import advance_all, receive
from customers.case import Case
from customers.encoding.encode import decode_customer, due_of, encode_customer, postpone
from customers.fact_line import FactLine, decode_line
from customers.facts import Fact, fact_of
from customers.policy import Policy, policy_of
from customers.reviews.schedule import NOT_DUE
from customers.state import Customer
from risk.scoring.epoch_scorer import EpochScorer
from risk.scoring.look_planner import PlannerOf
from schemas.errors import CustomerFailedError
from schemas.moments import DAY_MS, HOUR_MS, Publication, from_ms, publication_of
from schemas.pages.page import decode_headers, decode_lines_as
from schemas.pages.watermark import Watermark, pack_progress, unpack_progress
from schemas.records.encode import encode_record
from schemas.records.learner_notes import BORDER, BorderMarker
from schemas.settings.risk import RiskSettings
from schemas.topics import TRAINING_EXAMPLES
from streams.worker.engine.counters import Counters
from streams.worker.engine.due_customers import DueCustomer, DueCustomers
from streams.worker.engine.erase import erase
from streams.worker.engine.open_counts import OpenCounts, Sample, open_of
from streams.worker.engine.protocols import EXAMPLES_PARTITION, Batch, PartitionStore
from streams.worker.engine.publishing import ResultPublisher
from streams.worker.engine.shard_feed import ShardFeed
from streams.worker.engine.traces import Traces

_INSTANTS_BETWEEN_PAGES: Final = 200
"""Some milliseconds' work: a page that arrives meanwhile does not wait for longer."""

_TOGETHER: Final = 256
"""Customers that are decoded, advanced and judged at once: enough to share the cost. With 512 it is no less."""


class _Touched(msgspec.Struct, frozen=True):
    """A customer in memory: its key, its case, and when the schedule has it due."""

    key: bytes
    case: Case
    scheduled: int


class CustomerShard:
    """Folds pages into customers, and reviews those who fall due."""

    def __init__(
        self,
        partition: int,
        store: PartitionStore,
        progress: str | None,
        *,
        risk: RiskSettings,
        planner_of: PlannerOf,
        scorer: EpochScorer,
        partitions: int,
        reviews_per_page: int,
        counters: Counters,
    ) -> None:
        """Take over a partition.

        Args:
            partition: Its number.
            store: Its customers.
            progress: Progress that the owner before committed with its last page; None where there was none.
            risk: Section of the settings.
            planner_of: Makes the planner, which changes alerts and decides.
            scorer: Scores customers, as far as it knows the models; shared by the shards of a process.
            partitions: Number of customer partitions.
            reviews_per_page: Instants done at most with a page, beside one for each of its lines: where the clock
                jumps by years, every customer has hundreds to catch up with, and a transaction must end in time.
            counters: Shared by the shards of a process.
        """
        self._partition = partition
        self._store = store
        self._policy: Policy = policy_of(risk)
        self._scorer = scorer
        self._planner = planner_of(self._policy, scorer.at)
        self._partitions = partitions
        self._passed = 0
        self._reviews_per_page = reviews_per_page
        self._instants_left = 0
        self._traces = Traces()
        self._publisher = ResultPublisher(scorer.epochs, counters, self._traces)
        self._counters = counters
        self.reviews = 0
        self._watermark = Watermark(unpack_progress(progress) if progress else None)
        self._feed = ShardFeed(partition, store)
        self._due = DueCustomers(store, scorer.takeovers)
        counters.customers[partition] = 0
        sample = Sample()
        for value in self._due.fill():
            counters.customers[partition] += 1
            sample.show(value)
        self._open = OpenCounts(sample.states, counters.customers[partition])
        self._note_schedule(self._watermark.clock)

    @property
    def position(self) -> int:
        """First instant that may be scored yet, ms since 1970."""
        return min(self._watermark.clock + 1, self._due.first())

    @property
    def waits(self) -> bool:
        """True if something is due that awaits the model of its epoch."""
        return self._scorer.scored_until < self._due.earliest <= self._watermark.clock

    @property
    def is_ahead(self) -> bool:
        """True if no further page lets anything be done before another model is known."""
        return self._watermark.clock > max(self._scorer.scored_until, 0)

    def progress(self) -> str:
        """Return how far every raw partition has been read, for the next owner."""
        return pack_progress(self._watermark.progress)

    def process(self, value: bytes, headers: Mapping[str, bytes], batch: Batch) -> Publication | None:
        """Fold one page, then review the customers who are due; return the publication of its first event."""
        page = decode_headers(headers)
        clock = self._watermark.merge(page.progress)
        self._feed.take(page.hours, page.parts, clock, batch)
        lines = decode_lines_as(value, decode_line)
        self._instants_left = self._reviews_per_page + len(lines)
        if page.forgets:
            self._erase(page.forgets, clock, batch)
        until = min(clock, self._scorer.scored_until)
        self._fold(lines, until, batch)
        self._review(until, batch)
        self._pass_border(batch)
        self._counters.pages += 1
        self._counters.interactions += len(lines)
        self._counters.clocks[self._partition] = clock
        self._note_schedule(clock)
        return publication_of(lines[0].stamped_at, lines[0].occurred_at) if lines else None

    def work_off(self, batch: Batch) -> bool:
        """Review some of the customers who are due, between pages; return True if anyone was."""
        until = min(self._watermark.clock, self._scorer.scored_until)
        if self._due.earliest > until:
            return False
        self._instants_left = _INSTANTS_BETWEEN_PAGES
        self._review(until, batch)
        self._pass_border(batch)
        self._note_schedule(self._watermark.clock)
        return True

    def _erase(self, customer_id: str, clock: int, batch: Batch) -> None:
        state = erase(customer_id, clock, self._store, batch)
        if state is not None:
            self._counters.customers[self._partition] -= 1
            self._open.forget(state)

    def _pass_border(self, batch: Batch) -> None:
        """Tell the learner of new bids, and of the last border before which everything is done, once."""
        self._publisher.publish_bids(batch)
        clock = self._watermark.clock
        passed = self._scorer.epochs.start(min(clock, self._due.first()))
        if passed <= self._passed:
            return
        self._passed = passed
        marker = BorderMarker(partition=self._partition, partitions=self._partitions, border=from_ms(passed))
        header = (BORDER, str(passed).encode())
        batch.emit(TRAINING_EXAMPLES, None, encode_record(marker), EXAMPLES_PARTITION, header)

    def _note_schedule(self, clock: int) -> None:
        """Count the customers that wait for a review, and for how long the first of them has been due."""
        self._counters.silent[self._partition] = self._feed.lasting
        self._counters.silent_parts[self._partition] = self._feed.silent_parts
        self._counters.due[self._partition] = len(self._due)
        self._counters.overdue[self._partition] = max(clock - self._due.earliest, 0)
        self._counters.questions[self._partition], self._counters.decisions_open[self._partition] = self._open.now

    def _fold(self, lines: Iterable[FactLine], until: int, batch: Batch) -> None:
        facts: dict[str, list[Fact]] = defaultdict(list)
        for line in lines:
            fact = fact_of(line, self._planner.never)
            facts[line.customer_id].append(fact)
            self._traces.note(line.customer_id, fact.stamp, line.trace_id)
        waiting = iter(facts.items())
        while together := [self._given(*one) for one in islice(waiting, _TOGETHER)]:
            self._advance(together, until, batch)

    def _given(self, customer_id: str, facts: Iterable[Fact]) -> _Touched:
        """Return a customer with new facts waiting in its state."""
        key = customer_id.encode()
        value = self._store.get(key)
        if value is None:
            self._counters.customers[self._partition] += 1
            one = _Touched(key, Case(customer_id, Customer()), NOT_DUE)
        else:
            one = _Touched(key, Case(customer_id, decode_customer(value)), due_of(value))
        for fact in facts:
            receive(one.case.customer, fact)
        return one

    def _review(self, until: int, batch: Batch) -> None:
        """Advance the customers whose time has come; what is left follows between the next pages."""
        while due := self._due.take(until, min(self._instants_left, _TOGETHER)):
            try:
                self._advance([_touched(one) for one in due], until, batch)
            except Exception:
                self._find_who_fails(due, until, batch)
                raise
            self._counters.reviews += len(due)
            self.reviews += len(due)

    def _find_who_fails(self, due: Iterable[DueCustomer], until: int, batch: Batch) -> None:
        """Try one after the other, alone; the retry policy undoes them all."""
        for one in due:
            self._instants_left = max(self._reviews_per_page, _INSTANTS_BETWEEN_PAGES)
            try:
                self._advance([_touched(one)], until, batch)
            except Exception as error:
                later = until + DAY_MS + crc32(one.key) % HOUR_MS
                raise CustomerFailedError(one.key, one.value, postpone(one.value, later), until) from error
            self.reviews += 1

    def _advance(self, touched: Sequence[_Touched], until: int, batch: Batch) -> None:
        cases = [one.case for one in touched]
        before = open_of(case.customer for case in cases)
        self._instants_left -= advance_all(
            cases,
            until,
            self._policy,
            self._scorer,
            self._feed.holes,
            self._planner,
            takeovers=self._scorer.takeovers,
            most=self._instants_left,
        )
        settled = self._publisher.publish_answers(cases, batch)
        after = open_of(case.customer for case in cases)
        self._open.move(before, after)
        self._counters.asked += after.questions - before.questions + settled
        for one in touched:
            self._publisher.publish(one.case, one.key, self._watermark.clock, batch)
            due = one.case.due
            if due not in (one.scheduled, NOT_DUE):
                self._due.push(due, one.key)
            self._store.put(one.key, encode_customer(one.case.customer, due))


def _touched(one: DueCustomer) -> _Touched:
    return _Touched(one.key, Case(one.key.decode(), decode_customer(one.value)), one.entered)
