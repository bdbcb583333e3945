"""One partition's customers: a page in, changed states and records out.

It knows neither Kafka nor Faust: it reads and writes a store, and hands records to a batch; what of that becomes
visible together, and when, is the worker's business.
"""

from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import Final
from zlib import compress, decompress

import msgspec

from customers.advance import Case, advance_all, receive
from customers.encode import decode_customer, due_of, encode_customer
from customers.facts import Fact, Line, decode_line, fact_of
from customers.policy import Policy, policy_of
from customers.schedule import NOT_DUE, due_at
from customers.state import Customer
from risk.judge import RiskJudge
from risk.records import alert_of, examples_of, score_of
from schemas.pages import decode_headers, decode_lines_as
from schemas.records import encode_record
from schemas.settings import AlertSettings, RiskSettings
from schemas.watermark import Watermark, decode_progress, encode_progress
from streams.worker.engine import Batch, PartitionStore

RISK_SCORES: Final = "risk_scores"
TRAINING_EXAMPLES: Final = "training_examples"
ALERTS: Final = "alerts"

_INSTANTS_BETWEEN_PAGES: Final = 200
"""Some milliseconds' work: a page that arrives meanwhile does not wait for longer."""

_TOGETHER: Final = 400
"""Customers that are decoded, advanced and judged at once: enough to share the cost, few enough for a core's cache."""

_EXAMPLES_PARTITION: Final = 0
"""All examples lie on one partition, so that they have one order, and a model has one meaning."""


@dataclass(slots=True)
class Tally:
    """What the shards of a process have done so far, for whoever watches it.

    Attributes:
        pages: Pages folded, heartbeats included.
        interactions: Lines received.
        duplicates: Lines that had been folded before.
        reviews: Customers looked at because they were due.
        scores: Scores by cause.
        bands: Scores by risk band.
        settled: Questions answered.
        alerts: Alerts by state.
        customers: Customers by partition.
        due: Customers with a date by partition.
        clocks: Watermark by partition, ms since 1970.
    """

    pages: int = 0
    interactions: int = 0
    duplicates: int = 0
    reviews: int = 0
    scores: dict[str, int] = field(default_factory=lambda: {"interaction": 0, "review": 0})
    bands: dict[str, int] = field(default_factory=lambda: {"low": 0, "middle": 0, "high": 0})
    settled: int = 0
    alerts: dict[str, int] = field(default_factory=lambda: {"raised": 0, "cleared": 0})
    customers: dict[int, int] = field(default_factory=dict)
    due: dict[int, int] = field(default_factory=dict)
    clocks: dict[int, int] = field(default_factory=dict)


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
        alerts: AlertSettings,
        judge: RiskJudge,
        reviews_per_page: int,
        tally: Tally,
    ) -> None:
        """Take over a partition.

        Args:
            partition: Its number.
            store: Its customers.
            progress: What the predecessor committed with its last page; None where there was none.
            risk: What is asked about customers, and when.
            alerts: When people are told.
            judge: Judges customers; shared by the shards of a process.
            reviews_per_page: Instants done at most with a page, beside one for each of its lines: where the clock
                jumps by years, every customer has hundreds to catch up with, and a transaction must end in time.
            tally: Shared by the shards of a process.
        """
        self._partition = partition
        self._store = store
        self._policy: Policy = policy_of(risk)
        self._alerts = alerts
        self._judge = judge
        self._reviews_per_page = reviews_per_page
        self._instants_left = 0
        self._tally = tally
        self._watermark = Watermark(decode_progress(decompress(b64decode(progress))) if progress else None)
        self._due: list[tuple[int, bytes]] = []
        tally.customers[partition] = 0
        for key, value in store.items():
            tally.customers[partition] += 1
            if (due := due_of(value)) != NOT_DUE:
                self._due.append((due, key))
        heapify(self._due)

    def progress(self) -> str:
        """How far every raw partition has been read, for a successor.

        Kafka keeps 4,096 bytes beside an offset; plain, sixty partitions of each raw topic would fill them.
        """
        return b64encode(compress(encode_progress(self._watermark.progress))).decode()

    def process(self, value: bytes, headers: Mapping[str, bytes], batch: Batch) -> None:
        """Fold one page, then review who is due."""
        page = decode_headers(headers)
        clock = self._watermark.merge(page.progress)
        lines = decode_lines_as(value, decode_line)
        self._instants_left = self._reviews_per_page + len(lines)
        self._fold(lines, clock, batch)
        self._review(clock, batch)
        self._tally.pages += 1
        self._tally.interactions += len(lines)
        self._tally.clocks[self._partition] = clock
        self._tally.due[self._partition] = len(self._due)

    def work_off(self, batch: Batch) -> bool:
        """Review some of those who are due, between pages; say whether anyone was."""
        clock = self._watermark.clock
        if not self._due or self._due[0][0] > clock:
            return False
        self._instants_left = _INSTANTS_BETWEEN_PAGES
        self._review(clock, batch)
        self._tally.due[self._partition] = len(self._due)
        return True

    def _fold(self, lines: Iterable[Line], clock: int, batch: Batch) -> None:
        facts: dict[str, list[Fact]] = defaultdict(list)
        for line in lines:
            facts[line.customer_id].append(fact_of(line))
        waiting = iter(facts.items())
        while together := [self._given(*one) for one in islice(waiting, _TOGETHER)]:
            self._advance(together, clock, batch)

    def _given(self, customer_id: str, facts: Iterable[Fact]) -> _Touched:
        """A customer with new facts waiting in its state."""
        key = customer_id.encode()
        value = self._store.get(key)
        if value is None:
            self._tally.customers[self._partition] += 1
            one = _Touched(key, Case(customer_id, Customer()), NOT_DUE)
        else:
            one = _Touched(key, Case(customer_id, decode_customer(value)), due_of(value))
        for fact in facts:
            receive(one.case.customer, fact)
        return one

    def _review(self, clock: int, batch: Batch) -> None:
        """Advance the customers whose time has come; what is left follows between the next pages."""
        while self._instants_left and (due := self._take_due(clock)):
            self._tally.reviews += len(due)
            self._advance(due, clock, batch)

    def _take_due(self, clock: int) -> list[_Touched]:
        """Take customers off the schedule whose time has come, as many as may be looked at together."""
        taken: dict[bytes, _Touched] = {}
        most = min(self._instants_left, _TOGETHER)
        while self._due and self._due[0][0] <= clock and len(taken) < most:
            due, key = heappop(self._due)
            value = self._store.get(key)
            if value is not None and due_of(value) == due:
                taken[key] = _Touched(key, Case(key.decode(), decode_customer(value)), due)
        return list(taken.values())

    def _advance(self, touched: Sequence[_Touched], clock: int, batch: Batch) -> None:
        cases = [one.case for one in touched]
        self._instants_left -= advance_all(cases, clock, self._policy, self._judge, most=self._instants_left)
        self._publish_answers(touched, batch)
        for one in touched:
            self._publish(one, batch)
            customer = one.case.customer
            due = due_at(customer)
            if due not in (one.scheduled, NOT_DUE):
                heappush(self._due, (due, one.key))
            self._store.put(one.key, encode_customer(customer, due))

    def _publish_answers(self, touched: Sequence[_Touched], batch: Batch) -> None:
        settled = [(one, question) for one in touched for question in one.case.outcome.settled]
        self._tally.settled += len(settled)
        examples = examples_of([(one.case.customer_id, question) for one, question in settled])
        for (one, _), example in zip(settled, examples, strict=True):
            batch.emit(TRAINING_EXAMPLES, one.key, encode_record(example), _EXAMPLES_PARTITION)

    def _publish(self, one: _Touched, batch: Batch) -> None:
        tally, customer_id, outcome = self._tally, one.case.customer_id, one.case.outcome
        tally.duplicates += len(outcome.duplicates)
        for scored in outcome.scored:
            batch.emit(RISK_SCORES, one.key, encode_record(score_of(customer_id, scored)))
            tally.scores[scored.cause] += 1
            tally.bands[band_of(scored.judgement.risk)] += 1
            alert = alert_of(one.case.customer, customer_id, scored, self._alerts)
            if alert is not None:
                batch.emit(ALERTS, one.key, encode_record(alert))
                tally.alerts[alert.state] += 1


def band_of(risk: float) -> str:
    """Low, middle or high."""
    if risk < 1 / 3:
        return "low"
    return "middle" if risk < 2 / 3 else "high"
