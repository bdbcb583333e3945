"""Results of a history, record by record: what a backtest gives, to be compared with what workers have written."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from customers.advance import Case
from customers.settle import Settled
from risk.evaluation.backtest import Backtest
from risk.scoring.alert import alert_of
from risk.scoring.records import examples_of, score_of
from schemas.interaction import Interaction
from schemas.records import encode_record
from schemas.settings import LearnerSettings, MoneySettings, RiskSettings, SegmentSettings
from schemas.topics import ALERTS, RISK_SCORES, TRAINING_EXAMPLES
from tests.kit.equality import Knowledge, Until, knowledge_of

Results = Mapping[tuple[str, str], list[bytes]]
"""Encoded records of each topic and customer, in order."""


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
        for scored in case.result.scored:
            found[RISK_SCORES, case.customer_id].append(encode_record(score_of(case.customer_id, scored)))
            alert = alert_of(case.customer_id, scored)
            if alert is not None:
                found[ALERTS, case.customer_id].append(encode_record(alert))

    backtest = Backtest(
        risk, LearnerSettings(), SegmentSettings(), MoneySettings(), on_answer=note_answer, on_scored=note_scores
    )
    list(backtest.run(history, Until(until)))
    answers = (record for (topic, _), records in found.items() if topic == TRAINING_EXAMPLES for record in records)
    return knowledge_of(backtest.customers, answers), dict(found)


def first_difference_of_results(expected: Results, found: Results) -> str | None:
    """Return a line about the first record that differs; None if all are equal, byte for byte."""
    for topic, customer_id in sorted({*expected, *found}):
        one, other = expected.get((topic, customer_id), []), found.get((topic, customer_id), [])
        for number in range(max(len(one), len(other))):
            pair = tuple(records[number] if number < len(records) else b"nothing" for records in (one, other))
            if pair[0] != pair[1]:
                return f"{topic} of {customer_id}, record {number}: expected {pair[0]!r}, found {pair[1]!r}"
    return None
