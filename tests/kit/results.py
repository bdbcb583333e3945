"""Results of a history, record by record: what a backtest gives, to be compared with what workers have written."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from customers.case import Case, Scored
from customers.questions.settle import Settled
from retention.catalogue.compiled import compile_playbook
from retention.learning.policy_learner import PolicyLearner
from retention.policy.deciding import planner_of
from risk.evaluation.backtest import Backtest
from risk.scoring.epochs import Epochs
from risk.scoring.look_planner import PlannerOf
from risk.scoring.records import alert_of, examples_of, score_of
from schemas.events.interaction import Interaction
from schemas.records.decisions import decode_outcome
from schemas.records.encode import encode_record
from schemas.settings.processes import LearnerSettings
from schemas.settings.risk import AlertSettings, MoneySettings, RiskSettings, SegmentSettings
from schemas.topics import ALERTS, DECISIONS, OUTCOMES, RISK_SCORES, TRAINING_EXAMPLES
from streams.retention_file import load_playbook
from tests.kit.equality import Knowledge, Until, knowledge_of

Results = Mapping[tuple[str, str], list[bytes]]
"""Encoded records of each topic and customer, in order."""

DEFAULT_BOOK: Final = compile_playbook(load_playbook())
"""Playbook of workers and learner unless settings say otherwise."""

RESULT_TOPICS: Final = (RISK_SCORES, ALERTS, DECISIONS, OUTCOMES, TRAINING_EXAMPLES)
"""Topics of what follows from the log."""


def deciding(risk: RiskSettings) -> PlannerOf:
    """Return what makes the planner of workers: with the default alerts and playbook."""
    return planner_of(DEFAULT_BOOK, AlertSettings(), risk.margin)


def results_of_backtest(history: Iterable[Interaction], risk: RiskSettings, until: int = 0) -> Results:
    """Run a history in one process, and return every record that workers write; arguments as of ``run_whole``."""
    return run_whole(history, risk, until)[1]


def run_whole(history: Iterable[Interaction], risk: RiskSettings, until: int = 0) -> tuple[Knowledge, Results]:
    """Run a history in one process, and return what workers know after it and every record that they write.

    Args:
        history: In the order of the stamps.
        risk: Questions, epochs and scores.
        until: The clock to stop at, ms since 1970, where it lies after the last stamp.
    """
    found: dict[tuple[str, str], list[bytes]] = defaultdict(list)

    def note_answer(customer_id: str, question: Settled) -> None:
        found[TRAINING_EXAMPLES, customer_id] += map(encode_record, examples_of([(customer_id, question)]))

    def note_scores(case: Case) -> None:
        customer_id = case.customer_id
        for one in case.result.in_order:
            if isinstance(one, Scored):
                found[RISK_SCORES, customer_id].append(encode_record(score_of(customer_id, one)))
                alert = alert_of(customer_id, one)
                found[ALERTS, customer_id] += [] if alert is None else [encode_record(alert)]
            found[ALERTS, customer_id] += map(encode_record, one.planned.notices)
            decision = one.planned.decision
            found[DECISIONS, customer_id] += [] if decision is None else [encode_record(decision)]
            found[OUTCOMES, customer_id] += map(encode_record, one.planned.outcomes)

    backtest = Backtest(
        risk,
        LearnerSettings(),
        SegmentSettings(),
        MoneySettings(),
        on_answer=note_answer,
        on_scored=note_scores,
        planner_of=deciding(risk),
        companion=PolicyLearner(DEFAULT_BOOK, Epochs.of(risk)),
    )
    list(backtest.run(history, Until(until)))
    answers = (record for (topic, _), records in found.items() if topic == TRAINING_EXAMPLES for record in records)
    knowledge = knowledge_of(backtest.customers, answers)
    return knowledge, {place: records for place, records in found.items() if records}


def owner_of(topic: str, key: bytes, value: bytes) -> str:
    """Return the customer whom a record is about: the key of an outcome is its decision."""
    return decode_outcome(value).customer_id if topic == OUTCOMES else key.decode()


def first_difference_of_results(expected: Results, found: Results) -> str | None:
    """Return a line about the first record that differs; None if all are equal, byte for byte."""
    for topic, customer_id in sorted({*expected, *found}):
        one, other = expected.get((topic, customer_id), []), found.get((topic, customer_id), [])
        for number in range(max(len(one), len(other))):
            pair = tuple(records[number] if number < len(records) else b"nothing" for records in (one, other))
            if pair[0] != pair[1]:
                return f"{topic} of {customer_id}, record {number}: expected {pair[0]!r}, found {pair[1]!r}"
    return None
