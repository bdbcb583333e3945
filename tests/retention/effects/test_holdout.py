"""The probability of being held out, given what earlier decisions revealed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retention.effects.holdout import held_out_probability, probability_in_effect

SHARES = np.array([0.0, 0.1, 0.3, 0.5])


def test_the_first_decision_of_a_season_is_held_out_with_the_share_of_its_action() -> None:
    found = held_out_probability(
        draw=np.array([1, 2]),
        order=np.array([0, 0]),
        chosen=np.array([1, 2]),
        held_out=np.array([False, True]),
        shares=SHARES,
    )

    assert np.allclose(found, SHARES)


def test_who_was_held_out_is_held_out_again_from_actions_with_a_share_as_large() -> None:
    found = held_out_probability(
        draw=np.array([7, 7]),
        order=np.array([20, 10]),
        chosen=np.array([1, 2]),
        held_out=np.array([False, True]),
        shares=SHARES,
    )

    assert np.allclose(found[0], [0.0, 1 / 3, 1.0, 1.0])


@given(st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_the_probabilities_are_those_of_many_customers_with_the_same_past(chosen: list[int]) -> None:
    draws = (np.arange(4_000) + 0.5) / 4_000
    held = np.array([draws < SHARES[action] for action in chosen])
    customer = np.tile(np.arange(4_000), len(chosen))
    order = np.repeat(np.arange(len(chosen)), 4_000)

    found = held_out_probability(
        draw=customer, order=order, chosen=np.repeat(chosen, 4_000), held_out=held.ravel(), shares=SHARES
    ).reshape(len(chosen), 4_000, -1)

    for number in range(len(chosen)):
        _, past = np.unique(held[:number], axis=1, return_inverse=True) if number else (0, np.zeros(4_000, int))
        for group in np.unique(past):
            alike = draws[past.ravel() == group]
            expected = [(alike < share).mean() for share in SHARES]
            assert np.allclose(found[number, past.ravel() == group], expected, atol=1e-9)


def test_what_is_held_out_counts_as_doing_nothing() -> None:
    chosen, held_out = np.array([[0.2, 0.5, 0.3]]), np.array([[0.0, 0.1, 0.4]])

    assert np.allclose(probability_in_effect(chosen, held_out), [[0.37, 0.45, 0.18]])
