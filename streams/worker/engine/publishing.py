"""Publishes what follows from customers as records of a batch: scores, alerts, answers, decisions, outcomes, bids."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from customers.case import Case, TimePassed
from customers.facts import TOPIC_OF_KIND, Fact
from customers.reviews.looks import Planned
from risk.scoring.epochs import Epochs
from risk.scoring.records import alert_of, examples_of, score_of
from schemas.events.dead_letter import encode_dead_letter, reused_id_letter
from schemas.moments import from_ms
from schemas.records.decisions import BidCounts, DecisionOutcome
from schemas.records.encode import encode_record
from schemas.records.learner_notes import BIDS, OUTCOME
from schemas.topics import ALERTS, DEAD_LETTERS, DECISIONS, OUTCOMES, RISK_SCORES, TRAINING_EXAMPLES
from schemas.trace import Header
from streams.worker.engine.counters import Counters
from streams.worker.engine.protocols import EXAMPLES_PARTITION, Batch
from streams.worker.engine.traces import Traces


class ResultPublisher:
    """Turns the results of customers into records, and counts them."""

    def __init__(self, epochs: Epochs, counters: Counters, traces: Traces) -> None:
        """Start without bids.

        Args:
            epochs: Epochs of the scores, by which bids are counted.
            counters: Counts what is published.
            traces: Traces of the facts, which go on with their scores.
        """
        self._epochs = epochs
        self._counters = counters
        self._traces = traces
        self._bids: dict[int, dict[str, dict[int, int]]] = {}

    def publish_answers(self, cases: Sequence[Case], batch: Batch) -> int:
        """Send settled questions, and return how many there were."""
        settled = [(case.customer_id, question) for case in cases for question in case.result.settled]
        self._counters.settled += len(settled)
        self._counters.void += sum(question.void for _, question in settled)
        for example in examples_of(settled):
            batch.emit(TRAINING_EXAMPLES, example.customer_id.encode(), encode_record(example), EXAMPLES_PARTITION)
        return len(settled)

    def publish(self, case: Case, key: bytes, clock: int, batch: Batch) -> None:
        """Send a customer's scores, and what followed from them.

        Args:
            case: The customer.
            key: Key of the customer.
            clock: Watermark, ms since 1970.
            batch: Gets the records.
        """
        counters, customer_id, result = self._counters, case.customer_id, case.result
        counters.duplicates += len(result.duplicates)
        for fact in result.reused:
            _publish_reused(customer_id, fact, batch)
            counters.reused += 1
        for scored in result.in_order:
            if isinstance(scored, TimePassed):
                self._publish_decisions(scored.now, scored.planned, key, None, batch)
                continue
            trace = self._traces.take(customer_id, scored.now)
            batch.emit(RISK_SCORES, key, encode_record(score_of(customer_id, scored)), header=trace)
            counters.note_score(scored.cause, scored.score.risk, clock - scored.now)
            alert = alert_of(customer_id, scored)
            if alert is not None:
                batch.emit(ALERTS, key, encode_record(alert), header=trace)
                counters.alerts[alert.state] += 1
            self._publish_decisions(scored.now, scored.planned, key, trace, batch)

    def _publish_decisions(self, now: int, planned: Planned, key: bytes, trace: Header | None, batch: Batch) -> None:
        for notice in planned.notices:
            batch.emit(ALERTS, key, encode_record(notice), header=trace)
        if planned.decision is not None:
            batch.emit(DECISIONS, key, encode_record(planned.decision), header=trace)
            self._counters.decisions[planned.decision.action, planned.decision.held_out] += 1
        for outcome in planned.outcomes:
            _publish_outcome(outcome, batch)
            self._counters.note_outcome(outcome)
        if planned.bids:
            counts = self._bids.setdefault(self._epochs.start(now), {})
            for action, number in planned.bids:
                of_action = counts.setdefault(action, defaultdict(int))
                of_action[number] += 1

    def publish_bids(self, batch: Batch) -> None:
        """Send the number of bids since the last time, a record for each of their epochs."""
        for epoch, counts in sorted(self._bids.items()):
            record = BidCounts(epoch=from_ms(epoch), counts=counts)
            batch.emit(TRAINING_EXAMPLES, None, encode_record(record), EXAMPLES_PARTITION, (BIDS, b""))
        self._bids.clear()


def _publish_outcome(outcome: DecisionOutcome, batch: Batch) -> None:
    """Send an outcome, and a copy for the learner that does not say whose it is."""
    batch.emit(OUTCOMES, outcome.decision_id.encode(), encode_record(outcome))
    copy = msgspec.structs.replace(outcome, customer_id="")
    batch.emit(TRAINING_EXAMPLES, None, encode_record(copy), EXAMPLES_PARTITION, (OUTCOME, b""))


def _publish_reused(customer_id: str, fact: Fact, batch: Batch) -> None:
    """Send the dead letter of an event whose id another one had."""
    letter = reused_id_letter(
        event_id=fact.event_id,
        customer_id=customer_id,
        topic=TOPIC_OF_KIND[fact.kind],
        partition=fact.partition,
        offset=fact.offset,
        refused_at=from_ms(fact.stamp),
    )
    place = f"{letter.topic}/{letter.partition}/{letter.offset}"
    batch.emit(DEAD_LETTERS, place.encode(), encode_dead_letter(letter))
