"""The agenda: whoever is due is taken once, in time, and at the earliest instant that was noted."""

from hypothesis import given
from hypothesis import strategies as st

from risk.evaluation.timing_wheel import TimingWheel

notes = st.lists(st.tuples(st.integers(0, 60), st.sampled_from("abcd")), max_size=6)
rounds = st.lists(st.tuples(notes, st.integers(0, 9)), max_size=8)


@given(rounds=rounds, step_ms=st.integers(1, 20))
def test_everyone_is_taken_once_at_the_earliest_instant_that_was_noted(
    rounds: list[tuple[list[tuple[int, str]], int]], step_ms: int
) -> None:
    agenda, expected, until = TimingWheel(step_ms), dict[str, int](), 0
    for noted, passed in rounds:
        for due, name in noted:
            agenda.note(due, name)
            expected[name] = min(due, expected.get(name, due))
        until += passed

        taken = agenda.take(until)

        assert sorted(taken) == sorted(name for name, due in expected.items() if due <= until)
        expected = {name: due for name, due in expected.items() if due > until}


def test_whoever_is_noted_again_after_being_taken_is_taken_again() -> None:
    agenda = TimingWheel(10)
    agenda.note(3, "ann")

    assert agenda.take(5) == ["ann"]
    agenda.note(4, "ann")
    assert agenda.take(5) == ["ann"]
    assert agenda.take(100) == []
