import msgspec
import numpy as np
import pytest

from customers.features.feature_names import FEATURE_GROUPS, FEATURE_NAMES
from customers.features.features import Matrix
from risk.learning.learner import Learner
from risk.scoring.model.attribution import ORDER, attribution_of
from risk.scoring.model.regression import GROUPS
from risk.scoring.model.risk_model import ModelRefusedError
from risk.scoring.scorer import RiskScorer
from schemas.moments import from_ms
from schemas.records.model import Model
from schemas.settings.risk import RiskSettings, SegmentSettings
from tests.risk.histories import drawing

_SILENCE = GROUPS.index("silence")
_RHYTHM = GROUPS.index("rhythm")


def _learnt(*, same: bool, count: int = 3_000) -> Learner:
    """Return a model of leaving by recency alone; a rhythm feature either equals recency or is noise."""
    learner, random_ = Learner(90.0), drawing(4)
    recency, count_of_week = FEATURE_NAMES.index("log_recency"), FEATURE_NAMES.index("log_purchases_7")
    for _ in range(count):
        features = [random_.gauss(0.0, 1.0) for _ in FEATURE_NAMES]
        if same:
            features[count_of_week] = -features[recency] + random_.gauss(0.0, 0.01)
        left = random_.random() < 1.0 / (1.0 + np.exp(-2.0 * features[recency]))
        learner.learn_answer(features, left, 0.5, 0)
    return learner


def _attribution(model: Model) -> Matrix:
    return attribution_of(np.array(model.weights), model.covariance, GROUPS)


def test_the_rows_add_up_to_the_models_weights() -> None:
    model = _learnt(same=False).publish(0, from_ms(0))

    assert _attribution(model).sum(axis=0) == pytest.approx(np.array(model.weights))


def test_every_group_has_its_turn_once() -> None:
    assert sorted(ORDER) == sorted(GROUPS) == sorted(set(FEATURE_GROUPS.values()))


def test_a_shared_effect_of_two_groups_is_credited_to_the_first() -> None:
    learner = _learnt(same=True)
    model = learner.publish(0, from_ms(0))
    silent = np.zeros(len(FEATURE_NAMES))
    silent[FEATURE_NAMES.index("log_recency")] = 1.0
    silent[FEATURE_NAMES.index("log_purchases_7")] = -1.0

    weights = np.array(model.weights)
    effects = _attribution(model) @ silent

    assert weights[FEATURE_NAMES.index("log_purchases_7")] < -0.5, "the model splits it"
    assert effects[_SILENCE] == pytest.approx(weights @ silent, abs=0.1)
    assert effects[_RHYTHM] == pytest.approx(0.0, abs=0.1)


def test_groups_that_have_nothing_in_common_keep_their_own_weights() -> None:
    model = _learnt(same=False, count=6_000).publish(0, from_ms(0))
    row = _attribution(model)[_SILENCE]

    own = np.array(
        [
            weight if group == "silence" else 0.0
            for weight, group in zip(model.weights, FEATURE_GROUPS.values(), strict=True)
        ]
    )
    assert row == pytest.approx(own, abs=0.1)


@pytest.mark.parametrize("length", [0, 8, 39 * 40 // 2 * 8])
def test_a_model_whose_covariance_gives_no_reasons_is_refused(length: int) -> None:
    model = msgspec.structs.replace(_learnt(same=False, count=600).publish(0, from_ms(0)), covariance=bytes(length))
    judge = RiskScorer(RiskSettings(), SegmentSettings(), "EUR")

    with pytest.raises(ModelRefusedError, match="gives no reasons"):
        judge.load(model)
    assert judge.model is None
