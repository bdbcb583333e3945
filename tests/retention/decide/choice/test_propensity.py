"""Propensities are in closed form, sum to one, and are the frequencies with which actions are drawn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from retention.decide.chance.draw import draw_of, holdout_place
from retention.decide.choice.propensity import MILLION, drawn, propensities
from schemas.moments import DAY_MS

_gains = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=6)
"""Expected gains of actions that pay."""


@given(_gains, st.floats(0.0, 1e6), st.floats(0.0, 1.0))
def test_propensities_sum_to_one_and_there_is_one_of_every_action_and_of_doing_nothing(
    net: list[float], sharpness: float, share: float
) -> None:
    weights = propensities(net, sharpness, share)

    assert sum(weights) == MILLION
    assert len(weights) == len(net) + 1
    assert min(weights) >= 0


@given(_gains, st.floats(0.0, 1e3), st.floats(0.0, 1.0))
def test_the_best_action_is_the_likeliest_and_gets_at_least_an_even_share(
    net: list[float], sharpness: float, share: float
) -> None:
    weights = propensities(net, sharpness, share)

    assert weights[net.index(max(net))] >= MILLION / len(weights) - 10


def test_propensities_follow_the_formula() -> None:
    weights = propensities([10.0, 5.0], sharpness=20.0, share=0.03)

    half_as_good = 0.97 / (3 + 20 * 0.5) + 0.01
    nothing = 0.97 / (3 + 20) + 0.01
    expected = [1 - half_as_good - nothing, half_as_good, nothing]
    assert [weight / MILLION for weight in weights] == pytest.approx(expected, abs=1e-6)


@given(_gains, st.floats(0.0, 1e3), st.floats(0.0, 1.0))
def test_no_more_of_the_best_gain_is_given_up_than_promised(net: list[float], sharpness: float, share: float) -> None:
    weights = propensities(net, sharpness, share)
    expected = sum(weight / MILLION * gain for weight, gain in zip(weights, (*net, 0.0), strict=True))
    choices = len(weights)

    assert 1.0 - expected / max(net) <= (choices - 1) / (choices + sharpness) + share + 1e-4


@pytest.mark.parametrize("policy", ["p-1", "p-2"])
def test_actions_are_drawn_as_often_as_their_propensities_say(policy: str) -> None:
    weights = propensities([10.0, 8.0], sharpness=5.0, share=0.1)
    number = 20_000
    choices = [drawn(weights, draw_of(f"decision-{index}", policy)) for index in range(number)]

    expected = np.array(weights) / MILLION * number
    assert chisquare(np.bincount(choices, minlength=3), expected).pvalue > 0.01


@given(_gains, st.floats(0.0, 1.0, exclude_max=True))
def test_what_has_no_propensity_is_never_drawn(net: list[float], draw: float) -> None:
    weights = propensities(net, sharpness=1e6, share=0.0)

    assert weights[drawn(weights, draw)] > 0


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_the_holdout_has_its_share_of_customers(share: float) -> None:
    number = 20_000
    held = sum(holdout_place(f"c-{index}", 0, 91.0) < share for index in range(number))

    assert chisquare([held, number - held], [share * number, (1 - share) * number]).pvalue > 0.01


def test_the_holdout_of_two_seasons_is_independent() -> None:
    number = 20_000
    places = [
        (holdout_place(f"c-{index}", 0, 91.0) < 0.5, holdout_place(f"c-{index}", 92 * DAY_MS, 91.0) < 0.5)
        for index in range(number)
    ]
    counts = [sum(place == pair for place in places) for pair in ((True, True), (True, False), (False, True))]

    assert chisquare([*counts, number - sum(counts)]).pvalue > 0.01


def test_holdout_and_draw_of_one_customer_are_independent() -> None:
    number = 20_000
    places = [(holdout_place(f"c-{index}", 0, 91.0) < 0.5, draw_of(f"c-{index}", "0") < 0.5) for index in range(number)]
    counts = [sum(place == pair for place in places) for pair in ((True, True), (True, False), (False, True))]

    assert chisquare([*counts, number - sum(counts)]).pvalue > 0.01


@given(st.text(), st.integers(0, 10**13))
def test_a_customer_stays_in_or_out_for_a_season(customer_id: str, moment: int) -> None:
    season = moment - moment % (91 * DAY_MS)

    assert holdout_place(customer_id, moment, 91.0) == holdout_place(customer_id, season, 91.0)
