"""Customers who have just bought are scored by weights of their own."""

from collections.abc import Iterator

import msgspec
import numpy as np
import pytest

from customers.features.feature_names import FEATURE_NAMES, MEAN_GAP, RECENCY
from risk.learning.learner import Learner
from risk.scoring.model.calibration_map import CalibrationMap
from risk.scoring.model.risk_model import FRESH_FOR, ModelRefusedError, RiskModel
from risk.scoring.scorer import RiskScorer
from schemas.moments import from_ms
from schemas.records.encode import encode_record
from schemas.records.model import Model, decode_model
from schemas.settings.risk import RiskSettings, SegmentSettings
from tests.risk.histories import drawing

_HORIZON = 90.0


def _answers(count: int, seed: int = 1) -> Iterator[tuple[list[float], bool]]:
    """Answers by which a long usual gap means leaving right after a purchase, and staying during a silence."""
    random_ = drawing(seed)
    for number in range(count):
        features = [random_.gauss(0.0, 1.0) for _ in FEATURE_NAMES]
        bought = number % 2 == 0
        features[RECENCY] = 0.0 if bought else 3.0 + random_.gauss(0.0, 0.3)
        log_odds = 2.0 * features[MEAN_GAP] * (1.0 if bought else -1.0)
        yield features, bool(random_.random() < 1.0 / (1.0 + np.exp(-log_odds)))


def _learnt(answers: Iterator[tuple[list[float], bool]], learner: Learner | None = None) -> Learner:
    learner = learner or Learner(_HORIZON)
    for features, left in answers:
        learner.learn_answer(features, left, 0.5, 0)
    return learner


def _published(learner: Learner) -> Model:
    return decode_model(encode_record(learner.publish(learner.examples, from_ms(0))))


@pytest.fixture(scope="module")
def model() -> Model:
    return _published(_learnt(_answers(3_000)))


def _slope(scorer: RiskModel, log_recency: float) -> float:
    """Return the contribution of a longer usual gap to the log-odds."""
    customers = np.zeros((len(FEATURE_NAMES), 2))
    customers[RECENCY] = log_recency
    customers[MEAN_GAP] = [0.0, 1.0]
    shorter, longer = scorer.log_odds(customers).tolist()
    return float(longer - shorter)


def test_the_same_feature_may_tell_the_opposite_at_a_purchase_and_in_a_silence(model: Model) -> None:
    scorer = RiskModel(model, _HORIZON)

    assert _slope(scorer, 0.0) > 1.0
    assert _slope(scorer, 3.0) < -1.0


def test_the_one_answer_passes_into_the_other_as_the_purchase_ages(model: Model) -> None:
    scorer = RiskModel(model, _HORIZON)
    days = [0.0, 0.5 * FRESH_FOR * _HORIZON, FRESH_FOR * _HORIZON, 3.0 * FRESH_FOR * _HORIZON]

    slopes = [_slope(scorer, float(np.log1p(one))) for one in days]

    assert slopes == sorted(slopes, reverse=True)


@pytest.mark.parametrize("log_recency", [0.0, 0.5, 3.0])
def test_effects_and_intercepts_add_up_to_the_log_odds(model: Model, log_recency: float) -> None:
    assert model.at_purchase is not None
    assert model.bend is not None
    customer = np.ones((len(FEATURE_NAMES), 1))
    customer[RECENCY] = log_recency
    scorer = RiskModel(model, _HORIZON)

    fresh = np.exp(-np.expm1(log_recency) / (FRESH_FOR * _HORIZON))
    later = CalibrationMap(model.bend)(np.array(model.intercept))
    intercept = later + fresh * (model.at_purchase.weights[0] - later)

    assert scorer.effects(customer).sum() + intercept == pytest.approx(scorer.log_odds(customer)[0])


def test_a_handful_of_purchases_changes_nothing() -> None:
    few = _published(_learnt(_answers(150)))
    customer = np.zeros((len(FEATURE_NAMES), 1))

    without = msgspec.structs.replace(few, at_purchase=None)

    assert few.at_purchase is not None
    assert RiskModel(few, _HORIZON).log_odds(customer) == RiskModel(without, _HORIZON).log_odds(customer)


def test_a_model_that_knows_purchases_alone_does_not_answer_yet() -> None:
    purchases = ((features, left) for features, left in _answers(3_000) if features[RECENCY] == 0.0)
    judge = RiskScorer(RiskSettings(horizon_days=_HORIZON), SegmentSettings(), "EUR")

    assert not judge.load(_published(_learnt(purchases)))


@pytest.mark.parametrize("before", [1, 700])
def test_a_learner_resumes_from_its_published_model_to_the_last_bit(before: int) -> None:
    answers = list(_answers(1_500))
    never_stopped = _learnt(iter(answers[:before]))

    resumed = _learnt(iter(answers[before:]), Learner.resume(_published(never_stopped)))
    _learnt(iter(answers[before:]), never_stopped)

    assert _published(resumed) == _published(never_stopped)


def test_a_model_of_before_purchases_were_learnt_apart_is_gone_on_from(model: Model) -> None:
    old = msgspec.structs.replace(model, examples=1_500, at_purchase=None, contest_at_purchase=b"")

    learner = _learnt(_answers(10), Learner.resume(old))

    assert learner.between_purchases.newton.examples == 1_505
    assert learner.at_purchase.newton.examples == 5


def test_a_model_whose_parts_do_not_fit_is_refused(model: Model) -> None:
    with pytest.raises(ModelRefusedError, match="cannot be gone on from"):
        Learner.resume(msgspec.structs.replace(model, contest_at_purchase=b"no state"))
