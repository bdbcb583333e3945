"""Bounds of the holdout's draw are the same kept in the state and computed from a log."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.decide.chance.revealed_draw import RevealedDraw, revealed_in
from retention.effects.holdout import held_out_probability

SHARES = np.array([0.1, 0.3, 0.5])


@given(draw=st.floats(0.0, 0.999), chosen=st.lists(st.integers(0, 2), min_size=1, max_size=6))
def test_the_probability_of_being_held_out_is_that_of_the_whole_log(draw: float, chosen: list[int]) -> None:
    number, held_out = len(chosen), draw < SHARES[chosen]
    expected = held_out_probability(
        draw=np.zeros(number, dtype=np.int64),
        order=np.arange(number),
        chosen=np.array(chosen),
        held_out=held_out,
        shares=SHARES,
    )

    known = RevealedDraw(0)
    for row, action in enumerate(chosen):
        assert [known.share_given(share) for share in SHARES.tolist()] == pytest.approx(expected[row].tolist())
        known = known.after(float(SHARES[action]), held_out=bool(held_out[row]))


def test_a_new_season_has_a_new_draw() -> None:
    before = RevealedDraw(3, 0.1, 0.3)

    assert revealed_in(3, before) == before
    assert revealed_in(4, before) == RevealedDraw(4, 0.0, 1.0)
    assert revealed_in(4, None) == RevealedDraw(4, 0.0, 1.0)
