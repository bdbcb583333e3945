import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.evaluation.quality import quality_of

_answers = st.lists(st.tuples(st.floats(0.001, 0.999), st.booleans()), min_size=2, max_size=200)


def _split(answers: list[tuple[float, bool]]) -> tuple[list[float], list[bool]]:
    return [risk for risk, _ in answers], [left for _, left in answers]


def test_known_values_by_hand() -> None:
    quality = quality_of([0.1, 0.4, 0.35, 0.8], [False, False, True, True])

    assert quality.count == 4
    assert quality.base_rate == 0.5
    assert quality.auc == 0.75
    assert quality.log_loss == pytest.approx(-(np.log(0.9) + np.log(0.6) + np.log(0.35) + np.log(0.8)) / 4)
    assert quality.prior_log_loss == pytest.approx(np.log(2.0))
    assert quality.brier == pytest.approx((0.01 + 0.16 + 0.65**2 + 0.04) / 4)
    assert quality.calibration_error == pytest.approx((0.1 + 0.4 + 0.65 + 0.2) / 4)


def test_ties_count_half() -> None:
    assert quality_of([0.5, 0.5, 0.5], [True, False, True]).auc == 0.5


@pytest.mark.parametrize("left", [True, False])
def test_where_all_did_the_same_nothing_can_be_ranked(left: bool) -> None:
    quality = quality_of([0.2, 0.9], [left, left])

    assert quality.auc == 0.5
    assert quality.prior_log_loss == pytest.approx(0.0, abs=1e-5)


def test_being_sure_and_wrong_is_bounded() -> None:
    assert quality_of([0.0, 1.0], [True, False]).log_loss == pytest.approx(-np.log(1e-6))


@given(_answers)
def test_everything_stays_within_its_bounds(answers: list[tuple[float, bool]]) -> None:
    quality = quality_of(*_split(answers))

    assert 0.0 <= quality.auc <= 1.0
    assert quality.log_loss >= 0.0
    assert 0.0 <= quality.calibration_error <= 1.0
    assert sum(one.count for one in quality.bins) == quality.count
    assert sum(one.count * one.observed for one in quality.bins) == pytest.approx(sum(_split(answers)[1]))


@given(_answers)
def test_ranking_cares_for_order_alone_and_turns_over_with_the_risks(answers: list[tuple[float, bool]]) -> None:
    risks, left = _split([(round(risk, 3), answer) for risk, answer in answers])
    auc = quality_of(risks, left).auc

    assert quality_of([0.2 + risk / 2 for risk in risks], left).auc == pytest.approx(auc)
    if 0 < sum(left) < len(left):
        assert quality_of([1.0 - risk for risk in risks], left).auc == pytest.approx(1.0 - auc)


@given(_answers, st.randoms(use_true_random=False))
def test_the_order_of_the_answers_changes_nothing_that_does_not_depend_on_ties(
    answers: list[tuple[float, bool]], random_: object
) -> None:
    shuffled = sorted(answers, key=lambda _: random_.random())  # type: ignore[attr-defined]

    one, other = quality_of(*_split(answers)), quality_of(*_split(shuffled))

    assert other.auc == pytest.approx(one.auc)
    assert other.log_loss == pytest.approx(one.log_loss)
    assert other.brier == pytest.approx(one.brier)


@given(_answers)
def test_everything_twice_is_worth_the_same(answers: list[tuple[float, bool]]) -> None:
    one, twice = quality_of(*_split(answers)), quality_of(*_split(answers * 2))

    assert twice.auc == pytest.approx(one.auc)
    assert twice.log_loss == pytest.approx(one.log_loss)
    assert twice.prior_log_loss == pytest.approx(one.prior_log_loss)


@given(_answers)
def test_nothing_constant_beats_the_base_rate(answers: list[tuple[float, bool]]) -> None:
    risks, left = _split(answers)
    quality = quality_of([risks[0]] * len(left), left)

    assert quality.log_loss >= quality.prior_log_loss - 1e-9
