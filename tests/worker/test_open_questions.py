"""The number of questions that wait for their answers."""

from customers.encoding.encode import encode_customer
from customers.state import Customer, Question
from streams.worker.engine.open_questions import OpenQuestions, Sample

QUESTION = Question(1, 0, bought=True, features=b"", risk_millionths=500_000, model_version="rule")


def _state(questions: int) -> bytes:
    return encode_customer(Customer(questions=[QUESTION] * questions), 0)


def test_of_few_customers_it_is_exact() -> None:
    assert OpenQuestions([_state(2), _state(3)], 2).number == 5


def test_of_many_customers_it_is_estimated_from_some() -> None:
    assert OpenQuestions([_state(2), _state(4)], 1_000).number == 3_000


def test_it_is_counted_from_there_on() -> None:
    questions = OpenQuestions([], 0)

    questions.move(asked=3, settled=1)

    assert questions.number == 2


def test_a_spoilt_state_is_left_out() -> None:
    assert OpenQuestions([_state(2), b"spoilt"], 2).number == 4


def test_not_all_states_are_kept_for_it() -> None:
    sample = Sample()
    for _ in range(1_000):
        sample.show(b"")

    assert len(sample.states) == 500
