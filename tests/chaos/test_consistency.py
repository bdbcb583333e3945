"""A comparison that cannot fail proves nothing."""

from bench.chaos.checks.consistency import none_of, same_multiset, same_values


def test_what_is_lost_is_a_difference() -> None:
    assert same_multiset("", ["a", "b"], ["a"]).differences == 1


def test_what_is_there_twice_is_a_difference() -> None:
    assert same_multiset("", ["a", "b"], ["a", "b", "b"]).first == "too many: 'b'"


def test_one_in_place_of_another_is_two_differences() -> None:
    assert same_multiset("", ["a", "b"], ["a", "c"]).differences == 2


def test_another_value_is_a_difference() -> None:
    assert same_values("", {"a": 1, "b": 2}, {"a": 1, "b": 3}).differences == 1


def test_a_value_that_nobody_expected_is_a_difference() -> None:
    assert same_values("", {"a": 1}, {"a": 1, "b": 3}).differences == 1


def test_nothing_wrong_is_no_difference() -> None:
    assert none_of("", 3, []).differences == 0
