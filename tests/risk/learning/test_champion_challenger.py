from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np
import pytest
from river import linear_model, optim

from customers.features.feature_names import FEATURE_NAMES
from risk.estimators.ada_grad import AdaGrad
from risk.estimators.log_loss import excess_log_loss
from risk.estimators.online_newton import DRIFT
from risk.learning.champion_challenger import CONTENDERS
from risk.learning.drift import DriftDetector
from risk.learning.learner import Learner
from schemas.moments import DAY_MS, from_ms
from schemas.records.encode import encode_record
from schemas.records.model import decode_model
from tests.risk.histories import drawing

_HORIZON = 10.0
_A_DAY = 100
"""Answers."""

Answer = tuple[list[float], bool, int]


def _answers(count: int, turns_at: int | None = None, seed: int = 1) -> Iterator[Answer]:
    random_: Random = drawing(seed)
    for number in range(count):
        features = [random_.gauss(0.0, 1.0) for _ in FEATURE_NAMES]
        weight = -2.0 if turns_at is not None and number >= turns_at else 2.0
        left = random_.random() < 1.0 / (1.0 + np.exp(-weight * features[0]))
        yield features, bool(left), number * DAY_MS // _A_DAY


def _learnt(answers: Iterator[Answer], learner: Learner | None = None, drift: float = DRIFT) -> Learner:
    learner = learner or Learner(_HORIZON, drift)
    for features, left, asked_at in answers:
        learner.learn_answer(features, left, 0.5, asked_at)
    return learner


def test_ada_grad_is_rivers_own() -> None:
    ours, random_ = AdaGrad(3), drawing(4)
    rivers: Any = linear_model.LogisticRegression(optim.AdaGrad(0.05), intercept_lr=0.0)
    for _ in range(300):
        values = [random_.gauss(0.0, 1.0) for _ in range(3)]
        left = values[0] + random_.gauss(0.0, 1.0) > 0.0
        ours.learn_ordered(np.array(values), left)
        rivers.learn_one(dict(enumerate([1.0, *values])), left)

    assert ours.weights.tolist() == pytest.approx([rivers.weights[number] for number in range(4)], abs=1e-9)


def test_a_champion_of_customers_who_stay_the_same_stays() -> None:
    champion = _learnt(_answers(12_000)).between_purchases

    assert (champion.changes, champion.drift.drifts) == (0, 0)
    assert champion.comparison.evaluated > 2_000


def test_when_habits_turn_the_drift_is_noticed_and_the_model_follows() -> None:
    learner = _learnt(_answers(24_000, turns_at=12_000))

    leaves = [1.0 if number == 0 else 0.0 for number in range(len(FEATURE_NAMES))]
    assert learner.between_purchases.drift.drifts >= 1
    assert learner.predict(leaves) < 0.3


def test_a_change_of_the_champion_tells_its_evidence() -> None:
    champion = _learnt(_answers(24_000, turns_at=12_000), drift=0.0).between_purchases
    change = champion.change

    assert change is not None
    assert change.log_loss < change.log_loss_before
    assert f"{change.champion} answers instead of {change.before}" in str(change)


def test_no_model_is_evaluated_within_its_first_horizon() -> None:
    assert _learnt(_answers(int(_HORIZON) * _A_DAY)).between_purchases.comparison.evaluated == 0


@pytest.mark.parametrize("before", [900, 2_500, 7_001])
def test_champion_and_challengers_resume_from_a_published_model_to_the_last_bit(before: int) -> None:
    answers = list(_answers(9_000, turns_at=5_000))
    never_stopped = _learnt(iter(answers[:before]))

    resumed = Learner.resume(decode_model(encode_record(never_stopped.publish(before, from_ms(0)))))
    _learnt(iter(answers[before:]), resumed)
    _learnt(iter(answers[before:]), never_stopped)

    assert encode_record(resumed.publish(0, from_ms(0))) == encode_record(never_stopped.publish(0, from_ms(0)))


def test_the_published_size_does_not_grow_with_the_answers() -> None:
    few, many = (len(encode_record(_learnt(_answers(count)).publish(0, from_ms(0)))) for count in (3_000, 9_000))

    assert many == pytest.approx(few, rel=0.1)


def test_the_published_model_is_the_champions() -> None:
    learner = _learnt(_answers(500))
    learner.between_purchases.champion = 2

    model = learner.publish(0, from_ms(0))

    assert model.version == f"{CONTENDERS[2]}-500"
    assert (model.intercept, *model.weights) == tuple(learner.between_purchases.ada_grad.weights)


def test_a_calibrated_model_has_no_excess_log_loss_on_average() -> None:
    surprises = [0.8 * excess_log_loss(np.log(4.0), True) + 0.2 * excess_log_loss(np.log(4.0), False)]

    assert surprises == pytest.approx([0.0])


def test_answers_to_questions_of_before_a_drift_do_not_tell_it_again() -> None:
    watch = DriftDetector()
    told = [watch.update(3.0, number % 2 == 0, 1.0, asked_at=number, now=number + 1_000) for number in range(1_500)]
    told += [watch.update(3.0, False, 1.0, asked_at=0, now=9_999) for _ in range(5_000)]

    assert sum(told) <= 1


def test_the_prior_widens_once_the_answers_tell_of_half_a_horizon() -> None:
    day = round(_HORIZON * _A_DAY / 2.0)
    young, grown = (_learnt(_answers(count)).between_purchases.newton for count in (day, day + 2))

    assert (young.prior_variance, grown.prior_variance) == (0.1, 0.5)
