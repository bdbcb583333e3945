"""The score of what an action brought is right on average, however wrong what was expected."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.features.feature_names import FEATURE_NAMES
from retention.outcomes.open_outcome import OpenOutcome
from retention.outcomes.outcome_record import decode_snapshot, encode_snapshot, gain_score_of

_amounts = st.floats(-500.0, 500.0)


def _opened(*, held_out: bool, share: float, expected_margin: float, expected_gain: float) -> OpenOutcome:
    return OpenOutcome(
        decided_at=1,
        action="call",
        held_out=held_out,
        horizon_ms=1,
        grace_ms=0,
        cost=1.0,
        rule="all",
        segment="win_back",
        risk=0.5,
        value_at_risk=10.0,
        policy_version="p",
        probability={"call": 1.0 - share, "none": share},
        held_out_probability=share,
        expected_margin=expected_margin,
        expected_gain=expected_gain,
        guesses={"call": 1.0},
        features=b"",
    )


@given(share=st.floats(0.05, 0.95), treated=_amounts, untreated=_amounts, margin=_amounts, gain=_amounts)
def test_its_expectation_over_the_draw_is_the_effect(
    share: float, treated: float, untreated: float, margin: float, gain: float
) -> None:
    def score(margin_then: float, *, held_out: bool) -> float:
        opened = _opened(held_out=held_out, share=share, expected_margin=margin, expected_gain=gain)
        found = gain_score_of(opened, margin_then)
        assert found is not None
        return found

    mean = (1.0 - share) * score(treated, held_out=False) + share * score(untreated, held_out=True)
    assert mean == pytest.approx(treated - untreated, abs=1e-6)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_decision_that_was_certain_to_be_held_out_or_not_is_no_experiment(share: float) -> None:
    opened = _opened(held_out=share == 1.0, share=share, expected_margin=1.0, expected_gain=1.0)

    assert gain_score_of(opened, 5.0) is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=len(FEATURE_NAMES), max_size=len(FEATURE_NAMES)))
def test_features_keep_three_digits_in_a_snapshot(values: list[float]) -> None:
    read = decode_snapshot(encode_snapshot(np.array(values)))

    assert read == pytest.approx(np.clip(values, -65504.0, 65504.0).tolist(), rel=1e-3, abs=1e-4)
