"""Reparameterization: weights follow the learnt scale of the features."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.features.feature_names import FEATURE_NAMES
from risk.estimators.feature_index import Vector
from risk.estimators.gaussian import reparameterized_gaussian, symmetric
from risk.estimators.online_newton import OnlineNewton
from risk.estimators.scaler import RunningScaler
from risk.learning.learner import Learner
from risk.learning.reparameterize import Reparameterizer, scale_change
from risk.scoring.model.risk_model import CLIP
from schemas.moments import DAY_MS
from schemas.records.encode import encode_record
from schemas.records.model import Model, decode_model
from tests.risk.histories import drawing

_HORIZON = 10.0
_A_DAY = 100
_NAMES = ("a", "b", "c")
_NOW = datetime(2026, 1, 1, tzinfo=UTC)

Answer = tuple[list[float], bool, int]


def _answers(count: int, seed: int = 1) -> Iterator[Answer]:
    """Return answers of customers who age with the business, and leave by their own silence alone."""
    random_ = drawing(seed)
    for number in range(count):
        age = 1.0 + 3.0 * number / count
        features = [age * random_.uniform(0.5, 1.5) for _ in FEATURE_NAMES]
        left = random_.random() < 1.0 / (1.0 + np.exp(4.0 - 2.0 * features[0]))
        yield features, bool(left), number * DAY_MS // _A_DAY


def _learnt(answers: Iterator[Answer], learner: Learner) -> Learner:
    for features, left, asked_at in answers:
        learner.learn_answer(features, left, 0.5, asked_at)
    return learner


def _published(learner: Learner) -> Model:
    return decode_model(encode_record(learner.publish(0, _NOW)))


def _newton(seed: int, answers: int = 80) -> OnlineNewton:
    random_ = drawing(seed)
    newton = OnlineNewton(0.1, drift=1e-4)
    newton.register(_NAMES)
    for _ in range(answers):
        newton.learn_ordered(np.array([random_.gauss(0.0, 1.0) for _ in _NAMES]), random_.random() < 0.3)
    return newton


def _scale(seed: int) -> Vector:
    random_ = drawing(seed)
    deviations = [random_.uniform(0.1, 3.0) for _ in _NAMES]
    return np.array([[deviation * random_.uniform(0.5, 4.0) for deviation in deviations], deviations])


def _variance_of_log_odds(newton: OnlineNewton, standardised: Vector) -> float:
    inputs, packed = np.concatenate([[1.0], standardised]), np.zeros((len(_NAMES) + 1,) * 2)
    packed[np.tril_indices(len(inputs))] = np.frombuffer(newton.state.covariance, dtype="<f8")
    return float(inputs @ symmetric(packed) @ inputs)


@given(st.integers(0, 10_000), st.lists(st.floats(-50.0, 50.0), min_size=3, max_size=3))
def test_carrying_over_leaves_every_log_odds_as_it_was(seed: int, values: list[float]) -> None:
    newton, before, now = _newton(seed % 5), _scale(seed), _scale(seed + 1)
    said = newton.weights[0] + newton.weights[1:] @ ((np.array(values) - before[0]) / before[1])

    newton.reparameterize(*scale_change(before, now))

    says = newton.weights[0] + newton.weights[1:] @ ((np.array(values) - now[0]) / now[1])
    assert says == pytest.approx(said, rel=1e-9, abs=1e-9)


@given(st.integers(0, 10_000), st.lists(st.floats(-50.0, 50.0), min_size=3, max_size=3))
def test_carrying_over_leaves_the_model_as_sure_of_everything_as_it_was(seed: int, values: list[float]) -> None:
    random_ = np.random.default_rng(seed)
    root, before, now = random_.normal(size=(4, 4)), _scale(seed), _scale(seed + 1)
    change = scale_change(before, now)

    _, covariance = reparameterized_gaussian((np.zeros(4), root @ root.T), *change)

    then, later = (np.concatenate([[1.0], (np.array(values) - scale[0]) / scale[1]]) for scale in (before, now))
    assert later @ covariance @ later == pytest.approx(then @ root @ root.T @ then, rel=1e-9)


def test_after_a_change_of_scale_the_prior_is_that_of_a_model_that_always_had_the_new_features() -> None:
    random_ = drawing(7)
    answers = [(np.array([random_.gauss(0.0, 1.0) for _ in _NAMES]), random_.random() < 0.5) for _ in range(60)]
    ours, other = OnlineNewton(0.1, drift=0.0), OnlineNewton(0.1, drift=0.0)
    stretched = np.array([2.0, 0.5, 1.0])
    for newton, factor in ((ours, np.ones(3)), (other, 1.0 / stretched)):
        newton.register(_NAMES)
        for values, left in answers:
            newton.learn_ordered(values * factor, left)

    ours.reparameterize(stretched, np.zeros(3))

    covariances = [np.frombuffer(one.state.covariance, dtype="<f8") for one in (ours, other)]
    assert covariances[0] == pytest.approx(covariances[1], abs=0.01)
    assert ours.state.latest_weights == pytest.approx(other.state.latest_weights, abs=0.05)


@given(st.integers(0, 1_000))
def test_the_covariance_stays_valid_however_often_the_scale_changes(seed: int) -> None:
    newton = _newton(seed)
    for step in range(30):
        newton.reparameterize(*scale_change(_scale(seed + step), _scale(seed + step + 1)))

    assert all(_variance_of_log_odds(newton, one) > 0.0 for one in np.vstack([np.eye(3), -np.eye(3)]))


def test_a_feature_whose_values_lie_beyond_the_clip_keeps_its_weight() -> None:
    share = 0.5 / CLIP**2
    seldom, thrice = ([[2.0 * part], [2.0 * np.sqrt(part)]] for part in (share, 3.0 * share))

    stretched, moved = scale_change(np.array(seldom), np.array(thrice))

    assert (stretched.tolist(), moved.tolist()) == ([1.0], [0.0])


def test_a_feature_that_has_not_varied_keeps_its_weight() -> None:
    stretched, moved = scale_change(np.array([[3.0], [0.0]]), np.array([[3.5], [1.0]]))

    assert (stretched.tolist(), moved.tolist()) == ([1.0], [0.0])


@pytest.mark.parametrize(("answers", "apart"), [(200, 100), (4_000, 200)])
def test_it_is_due_again_when_answers_have_grown_by_a_twentieth_and_a_hundred(answers: int, apart: int) -> None:
    newton = _newton(1, answers)
    carry = Reparameterizer([newton])
    due = [carry.is_due]

    carry.start()
    due.append(carry.is_due)
    carry.apply([1.0] * 3, [1.0] * 3)
    for _ in range(apart):
        due.append(carry.is_due)
        newton.learn_ordered(np.zeros(3), True)

    assert due == [False, True] + [False] * apart
    assert carry.is_due


def test_the_first_scale_changes_no_weight() -> None:
    newton = _newton(1)
    before = newton.state
    carry = Reparameterizer([newton])
    carry.start()

    carry.apply([5.0] * 3, [4.0] * 3)

    assert newton.state == before


@pytest.mark.parametrize("before", [300, 600, 2_501])
def test_a_learner_that_carries_over_goes_on_from_a_published_model_to_the_last_bit(before: int) -> None:
    answers = list(_answers(3_000))
    never_stopped = _learnt(iter(answers[:before]), Learner(_HORIZON))

    resumed = _learnt(iter(answers[before:]), Learner.resume(_published(never_stopped)))
    _learnt(iter(answers[before:]), never_stopped)

    assert _published(resumed) == _published(never_stopped)


def test_while_all_customers_age_reparameterized_weights_predict_better() -> None:
    learner, scaler, stays = Learner(_HORIZON), RunningScaler(CLIP), OnlineNewton(0.1)
    scaler.register(FEATURE_NAMES)
    stays.register(FEATURE_NAMES)
    answers = list(_answers(8_000))
    for features, left, _ in answers:
        stays.learn_ordered(scaler.learn_and_transform_ordered(np.array(features)), left)
    _learnt(iter(answers), learner)

    off = np.array([_off(features, learner, scaler, stays) for features, _, _ in answers[-200:]])
    carried, stayed = np.abs(off).mean(axis=0)
    assert carried < 0.8 * stayed


def _off(features: list[float], learner: Learner, scaler: RunningScaler, stays: OnlineNewton) -> tuple[float, float]:
    """Return the errors of both."""
    standardised = scaler.transform_one(dict(zip(FEATURE_NAMES, features, strict=True)))
    truth = 1.0 / (1.0 + np.exp(4.0 - 2.0 * features[0]))
    return learner.predict(features) - truth, stays.predict_proba_one(standardised)[True] - truth


def test_a_model_from_before_reparameterization_is_resumed() -> None:
    model = _published(_learnt(_answers(1_500), Learner(_HORIZON)))
    challengers = msgspec.msgpack.decode(model.contest)
    old = msgspec.structs.replace(model, contest=msgspec.msgpack.encode(challengers[:-1]))

    learner = _learnt(_answers(100, seed=2), Learner.resume(old))

    assert learner.examples == 1_600
    assert msgspec.msgpack.decode(learner.publish(0, _NOW).contest)[-1][0] > 1_500
