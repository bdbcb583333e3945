"""The timing wheel: a customer is popped once, in time, at the earliest instant scheduled."""

from hypothesis import given
from hypothesis import strategies as st

from risk.evaluation.timing_wheel import TimingWheel

entries = st.lists(st.tuples(st.integers(0, 60), st.sampled_from("abcd")), max_size=6)
rounds = st.lists(st.tuples(entries, st.integers(0, 9)), max_size=8)


@given(rounds=rounds, step_ms=st.integers(1, 20))
def test_each_customer_is_popped_once_at_the_earliest_instant_scheduled(
    rounds: list[tuple[list[tuple[int, str]], int]], step_ms: int
) -> None:
    wheel, expected, until = TimingWheel(step_ms), dict[str, int](), 0
    for scheduled, passed in rounds:
        for due, name in scheduled:
            wheel.schedule(due, name)
            expected[name] = min(due, expected.get(name, due))
        until += passed

        popped = wheel.pop_due(until)

        assert sorted(popped) == sorted(name for name, due in expected.items() if due <= until)
        expected = {name: due for name, due in expected.items() if due > until}


def test_a_customer_scheduled_again_after_being_popped_is_popped_again() -> None:
    wheel = TimingWheel(10)
    wheel.schedule(3, "ann")

    assert wheel.pop_due(5) == ["ann"]
    wheel.schedule(4, "ann")
    assert wheel.pop_due(5) == ["ann"]
    assert wheel.pop_due(100) == []
