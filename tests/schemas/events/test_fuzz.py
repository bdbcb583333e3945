"""Fuzzing: thousands of random and corrupted events, from a seed."""

from bench.fuzz.decoding import fuzz_decoding
from bench.fuzz.mutations import Mutations
from tests.kit.suite.cases import cases

CASES = cases(20_000, usual=5_000)


def test_every_byte_string_is_taken_or_refused_and_written_as_it_is_read_back() -> None:
    outcome = fuzz_decoding(CASES, seed=1)
    assert (outcome.wrong, outcome.counts.total()) == ([], CASES)


def test_the_byte_strings_reach_every_reason_and_many_are_taken() -> None:
    counts = fuzz_decoding(CASES, seed=2).counts
    reasons = {"not_json", "invalid", "from_the_future", "too_old", "too_large", "unknown_currency"}
    assert counts.keys() == {"taken", *reasons}
    assert counts["taken"] > CASES / 10


def test_a_seed_draws_the_same_again() -> None:
    first, again = Mutations(7), Mutations(7)
    assert [first.draw() for _ in range(500)] == [again.draw() for _ in range(500)]
