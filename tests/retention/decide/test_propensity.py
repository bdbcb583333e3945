"""Propensities are in closed form, sum to one, and are the frequencies with which actions are drawn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from retention.decide.draw import draw_of, holdout_place
from retention.decide.propensity import drawn, propensities
from schemas.moments import DAY_MS

_gains = (
    st.integers(1, 5)
    .flatmap(
        lambda customers: st.lists(
            st.lists(st.floats(-10.0, 1e6), min_size=customers, max_size=customers), min_size=1, max_size=6
        )
    )
    .map(np.array)
)


@given(_gains, st.floats(0.0, 1e6), st.floats(0.0, 1.0))
def test_propensities_sum_to_one_and_all_that_pays_has_some(net: np.ndarray, sharpness: float, share: float) -> None:
    net[0] = np.maximum(net[0], 0.01)
    pays = net > 0.0
    weights = propensities(net, pays, sharpness, share)

    assert np.allclose(weights.sum(axis=0), 1.0, rtol=0.0, atol=1e-9)
    assert (weights[:-1][~pays] == 0.0).all()
    assert (np.round(weights, 6) == weights).all()
    assert (weights >= 0.0).all()


@given(_gains, st.floats(0.0, 1e3), st.floats(0.0, 1.0))
def test_the_best_action_is_the_likeliest_and_gets_at_least_an_even_share(
    net: np.ndarray, sharpness: float, share: float
) -> None:
    net[0] = np.maximum(net[0], 0.01)
    pays = net > 0.0
    weights = propensities(net, pays, sharpness, share)
    best = np.where(pays, net, 0.0).argmax(axis=0)

    assert (weights[best, np.arange(net.shape[1])] >= 1.0 / (pays.sum(axis=0) + 1) - 1e-5).all()


def test_propensities_follow_the_formula() -> None:
    net = np.array([[10.0], [5.0], [-1.0]])
    weights = propensities(net, net > 0.0, sharpness=20.0, share=0.03)[:, 0]

    half_as_good = 0.97 / (3 + 20 * 0.5) + 0.01
    nothing = 0.97 / (3 + 20) + 0.01
    assert weights.tolist() == pytest.approx([1 - half_as_good - nothing, half_as_good, 0.0, nothing], abs=1e-6)


@given(_gains, st.floats(0.0, 1e3), st.floats(0.0, 1.0))
def test_no_more_of_the_best_gain_is_given_up_than_promised(net: np.ndarray, sharpness: float, share: float) -> None:
    net[0] = np.maximum(net[0], 0.01)
    pays = net > 0.0
    weights = propensities(net, pays, sharpness, share)
    gains = np.vstack([np.where(pays, net, 0.0), np.zeros(net.shape[1])])
    given_up = 1.0 - (weights * gains).sum(axis=0) / gains.max(axis=0)
    choices = pays.sum(axis=0) + 1

    assert (given_up <= (choices - 1) / (choices + sharpness) + share + 1e-4).all()


@pytest.mark.parametrize("policy", ["p-1", "p-2"])
def test_actions_are_drawn_as_often_as_their_propensities_say(policy: str) -> None:
    net = np.array([[10.0], [8.0], [3.0]])
    weights = propensities(net, net > 0.0, sharpness=5.0, share=0.1)
    number = 20_000
    draws = np.array([draw_of(f"decision-{index}", policy) for index in range(number)])
    choices = drawn(np.repeat(weights, number, axis=1), draws)

    counts = np.bincount(choices, minlength=4)
    assert chisquare(counts, weights[:, 0] * number).pvalue > 0.01


@given(_gains, st.floats(0.0, 1.0, exclude_max=True))
def test_what_cannot_be_chosen_is_never_drawn(net: np.ndarray, draw: float) -> None:
    net[0] = np.maximum(net[0], 0.01)
    weights = propensities(net, net > 0.0, sharpness=3.0, share=0.1)
    choices = drawn(weights, np.full(net.shape[1], draw))

    assert all(weights[choice, place] > 0.0 for place, choice in enumerate(choices))


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
