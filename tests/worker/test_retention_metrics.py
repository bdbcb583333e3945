"""The worker's metrics of decisions and outcomes say what is on the topics and in the states."""

from collections import Counter
from typing import TypeVar

import msgspec
import pytest

from customers.encoding.encode import decode_customer
from retention.decide.memory.state import is_standing
from schemas.records.decisions import DecisionOutcome, RetentionDecision
from schemas.topics import DECISIONS, OUTCOMES
from streams.worker.retention_metrics import retention_metrics
from tests.worker.engine.shards import Run, bought, page

_Record = TypeVar("_Record")

CUSTOMERS = [f"c-{number}" for number in range(40)]


@pytest.fixture(scope="module")
def run() -> Run:
    """Customers who buy every eight days, each a little more than the one before, and stop."""
    buying = Run().fold(
        page(day, *(bought(day, customer_id=name, amount=50 * place) for place, name in enumerate(CUSTOMERS)))
        for day in range(0, 80, 8)
    )
    return buying.finish(page(120))


def _sent(run: Run, topic: str, kind: type[_Record]) -> list[_Record]:
    return [msgspec.json.decode(value, type=kind) for _, value, _ in run.batch.records[topic]]


def _standing(run: Run) -> int:
    return sum(is_standing(decode_customer(state).retention) for state in run.customers().values())


def _served(run: Run, name: str) -> dict[tuple[str, ...], float]:
    metric = next(one for one in retention_metrics(run.counters) if one.name == name)
    return {tuple(sample.labels.values()): sample.value for sample in metric.samples}


def test_decisions_are_counted_by_action_and_by_being_held_out(run: Run) -> None:
    sent = _sent(run, DECISIONS, RetentionDecision)
    expected = Counter((one.action, str(one.held_out).lower()) for one in sent)

    assert {held_out for _, held_out in expected} == {"true", "false"}
    assert _served(run, "stayline_worker_decisions") == expected


def _state(outcome: DecisionOutcome) -> str:
    return "void" if outcome.void else "bought" if outcome.bought else "not_bought"


def test_outcomes_are_counted_by_action_and_state(run: Run) -> None:
    sent = _sent(run, OUTCOMES, DecisionOutcome)

    assert sent
    assert _served(run, "stayline_worker_outcomes") == Counter((one.action, _state(one)) for one in sent)


def test_standing_decisions_are_counted(run: Run) -> None:
    assert run.counters.decisions_open == {0: _standing(run)}


def test_a_successor_counts_the_same_standing_decisions(run: Run) -> None:
    run.hand_over()

    assert run.counters.decisions_open == {0: _standing(run)}
