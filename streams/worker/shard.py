"""One partition's customers: a page in, changed states and records out.

It knows neither Kafka nor Faust: it reads and writes a store, and hands records to a batch; what of that becomes
visible together, and when, is the worker's business.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Final
from zlib import compress, crc32, decompress

from customers.advance import Outcome, advance_once, receive
from customers.encode import StateError, decode_customer, due_of, encode_customer, put_off
from customers.facts import Line, decode_line, fact_of
from customers.policy import Policy, policy_of
from customers.schedule import NOT_DUE, due_at
from customers.state import Customer
from risk.judge import RiskJudge
from risk.records import alert_of, example_of, score_of
from schemas.moments import DAY_MS, HOUR_MS
from schemas.pages import decode_headers, decode_lines_as
from schemas.records import encode_record
from schemas.settings import AlertSettings, RiskSettings
from schemas.watermark import Watermark, decode_progress, encode_progress
from streams.worker.engine import Batch, CustomerFailedError, PartitionStore

RISK_SCORES: Final = "risk_scores"
TRAINING_EXAMPLES: Final = "training_examples"
ALERTS: Final = "alerts"

_INSTANTS_BETWEEN_PAGES: Final = 200
"""Some milliseconds' work: a page that arrives meanwhile does not wait for longer."""

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
        self.reviews = 0
        """Customers that this shard has reviewed."""
        self._watermark = Watermark(decode_progress(decompress(b64decode(progress))) if progress else None)
        self._due: list[tuple[int, bytes]] = []
        tally.customers[partition] = 0
        for key, value in store.items():
            tally.customers[partition] += 1
            if (due := _due_of(value)) != NOT_DUE:
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
        for customer_id, (customer, scheduled) in self._receive(lines).items():
            self._advance(customer_id, customer, scheduled, clock, batch)
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

    def _receive(self, lines: Iterable[Line]) -> dict[str, tuple[Customer, int]]:
        """Give each customer its facts; who was touched, and when each was due before."""
        touched: dict[str, tuple[Customer, int]] = {}
        for line in lines:
            customer_id = line.customer_id
            known = touched.get(customer_id)
            if known is None:
                known = touched[customer_id] = self._load(customer_id.encode())
            receive(known[0], fact_of(line))
        return touched

    def _review(self, clock: int, batch: Batch) -> None:
        """Advance the customers whose time has come; what is left follows between the next pages."""
        while self._due and self._due[0][0] <= clock and self._instants_left:
            due, key = heappop(self._due)
            value = self._store.get(key)
            if value is None or _due_of(value) != due:
                continue
            try:
                self._advance(key.decode(), decode_customer(value), due, clock, batch)
            except Exception as error:
                later = clock + DAY_MS + crc32(key) % HOUR_MS
                raise CustomerFailedError(key, value, put_off(value, later), clock) from error
            self._tally.reviews += 1
            self.reviews += 1

    def _load(self, key: bytes) -> tuple[Customer, int]:
        value = self._store.get(key)
        if value is None:
            self._tally.customers[self._partition] += 1
            return Customer(), NOT_DUE
        return decode_customer(value), due_of(value)

    def _advance(self, customer_id: str, customer: Customer, scheduled: int, clock: int, batch: Batch) -> None:
        outcome = Outcome()
        while (due := due_at(customer)) <= clock and self._instants_left:
            self._instants_left -= 1
            advance_once(customer, customer_id, due, self._policy, self._judge, outcome)
        key = customer_id.encode()
        self._publish(customer_id, key, customer, outcome, batch)
        if due not in (scheduled, NOT_DUE):
            heappush(self._due, (due, key))
        self._store.put(key, encode_customer(customer, due))

    def _publish(self, customer_id: str, key: bytes, customer: Customer, outcome: Outcome, batch: Batch) -> None:
        tally = self._tally
        tally.duplicates += len(outcome.duplicates)
        tally.settled += len(outcome.settled)
        for question in outcome.settled:
            example = encode_record(example_of(customer_id, question))
            batch.emit(TRAINING_EXAMPLES, key, example, _EXAMPLES_PARTITION)
        for scored in outcome.scored:
            batch.emit(RISK_SCORES, key, encode_record(score_of(customer_id, scored)))
            tally.scores[scored.cause] += 1
            tally.bands[band_of(scored.judgement.risk)] += 1
            alert = alert_of(customer, customer_id, scored, self._alerts)
            if alert is not None:
                batch.emit(ALERTS, key, encode_record(alert))
                tally.alerts[alert.state] += 1


def _due_of(value: bytes) -> int:
    """When a customer is due; at once where the bytes are too few to say, so that the review tells of them."""
    try:
        return due_of(value)
    except StateError:
        return 0


def band_of(risk: float) -> str:
    """Low, middle or high."""
    if risk < 1 / 3:
        return "low"
    return "middle" if risk < 2 / 3 else "high"
