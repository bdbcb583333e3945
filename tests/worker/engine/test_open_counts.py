"""The numbers of questions that wait for their answers, and of decisions that stand."""

from customers.encoding.encode import encode_customer
from customers.state import Customer, Question
from retention.decide.memory.state import OpenDecision, RetentionState, encode_retention
from streams.worker.engine.open_counts import Open, OpenCounts, Sample, open_of

QUESTION = Question(1, 0, bought=True, features=b"", risk_millionths=500_000, model_version="rule")
GHOST = encode_retention(RetentionState(open=OpenDecision(1, "call", True, 2, "phone", True)))
ENDED = encode_retention(RetentionState(contacts=[1]))


def _state(questions: int, retention: bytes = b"") -> bytes:
    return encode_customer(Customer(questions=[QUESTION] * questions, retention=retention), 0)


def test_of_few_customers_they_are_exact() -> None:
    assert OpenCounts([_state(2, GHOST), _state(3)], 2).now == Open(questions=5, decisions=1)


def test_of_many_customers_they_are_estimated_from_some() -> None:
    assert OpenCounts([_state(2, GHOST), _state(4)], 1_000).now == Open(questions=3_000, decisions=500)


def test_they_are_counted_from_there_on() -> None:
    counts = OpenCounts([], 0)

    counts.move(Open(1, 0), Open(3, 1))

    assert counts.now == Open(2, 1)


def test_a_customer_who_is_erased_counts_no_longer() -> None:
    counts = OpenCounts([_state(2, GHOST), _state(3, GHOST)], 2)

    counts.forget(_state(2, GHOST))

    assert counts.now == Open(3, 1)


def test_a_ghost_decision_stands_and_one_that_has_ended_does_not() -> None:
    assert open_of([Customer(retention=GHOST), Customer(retention=ENDED), Customer()]) == Open(0, 1)


def test_a_spoilt_state_is_left_out() -> None:
    assert OpenCounts([_state(2), b"spoilt"], 2).now == Open(4, 0)


def test_not_all_states_are_kept_for_it() -> None:
    sample = Sample()
    for _ in range(1_000):
        sample.show(b"")

    assert len(sample.states) == 500
