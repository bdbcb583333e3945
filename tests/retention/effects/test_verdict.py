"""Verdicts, and why an action is switched off."""

import pytest

from retention.effects.intervals import Estimate
from retention.effects.verdict import brings_less_than_it_costs, stop_line, verdict_of


@pytest.mark.parametrize(("value", "verdict"), [(1.0, "helps"), (-1.0, "harms"), (0.2, "cannot_tell")])
def test_the_verdict_follows_the_always_valid_interval(value: float, verdict: str) -> None:
    assert verdict_of(Estimate(value, 0.1, 1_000, 1_000), 500) == verdict


def test_too_few_buyers_in_an_arm_are_no_support() -> None:
    assert verdict_of(Estimate(5.0, 0.1, 1_000, 1_000), 29) == "no_support"


def test_an_action_stops_when_all_of_its_interval_lies_below_its_cost() -> None:
    little = Estimate(1.0, 0.1, 4_000, 2_000)

    assert brings_less_than_it_costs(little, 2.0)
    assert not brings_less_than_it_costs(little, 1.2)
    assert stop_line("offer_10", little, 2.0).startswith("offer_10: stop: brings less than it costs: +1.00 a decision")


def test_an_action_that_harms_is_said_to_harm() -> None:
    assert stop_line("remind", Estimate(-3.0, 0.1, 4_000, 2_000), 0.5).startswith("remind: stop: harms: -3.00")
