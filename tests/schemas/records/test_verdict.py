"""Verdicts in words."""

import pytest

from schemas.records.verdict import MOST_DECISIONS, Verdict, roughly, verdict_in_words


@pytest.mark.parametrize(
    ("verdict", "more", "words"),
    [
        ("helps", 0, "helps"),
        ("harms", 0, "harms"),
        ("no_support", 812, "no support in the log"),
        ("cannot_tell", 45, "cannot tell yet (about 45 more decisions needed)"),
        ("cannot_tell", 63_104_211, "cannot tell yet (more than a million more decisions needed)"),
        ("cannot_tell", 125_504, "cannot tell yet (about 130,000 more decisions needed)"),
        ("cannot_tell", MOST_DECISIONS, "cannot tell yet (no effect to be seen)"),
    ],
)
def test_verdicts_are_those_that_people_read(verdict: Verdict, more: int, words: str) -> None:
    assert verdict_in_words(verdict, more) == words


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0"), (7, "7"), (45, "45"), (149, "150"), (1_994, "2,000"), (12_345, "12,000")]
)
def test_two_digits_of_a_number_count(number: int, said: str) -> None:
    assert roughly(number) == said
