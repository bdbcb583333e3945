"""Recalibration learns the nonlinear part of the calibration map from answers."""

from collections.abc import Callable, Iterable, Iterator

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.features.feature_names import FEATURE_NAMES, RECENCY
from customers.features.features import Matrix
from risk.evaluation.quality import quality_of
from risk.learning.learner import Learner
from risk.learning.recalibration import Recalibration
from risk.scoring.model.calibration_map import KNOTS, CalibrationMap
from risk.scoring.model.risk_model import ModelRefusedError, RiskModel, probability
from schemas.moments import DAY_MS, from_ms
from schemas.records.encode import encode_record
from schemas.records.model import Bend, Model, decode_model
from tests.risk.histories import drawing

_HORIZON = 10.0
_CHECKED = np.linspace(-12.0, 12.0, 241)

_answers_of = st.lists(st.tuples(st.floats(-20.0, 20.0), st.booleans()), max_size=60)
_bends = st.builds(
    Bend,
    st.tuples(*[st.floats(-3.0, 3.0)] * len(KNOTS)),
    st.tuples(*[st.floats(0.0, 100.0)] * len(KNOTS)),
)


def _learnt(answers: Iterable[tuple[float, bool]]) -> Recalibration:
    bend = Recalibration()
    for log_odds, left in answers:
        bend.learn(log_odds, left)
    return bend


def _drawn(truth: Callable[[float], float], count: int = 20_000) -> Iterator[tuple[float, bool]]:
    """Yield log-odds by the weights with answers that follow the truth."""
    random_ = drawing(1)
    for _ in range(count):
        log_odds = random_.uniform(-4.5, 4.5)
        yield log_odds, random_.random() < 1.0 / (1.0 + np.exp(-truth(log_odds)))


def _of_reasons(count: int, seed: int = 1) -> Iterator[tuple[list[float], bool]]:
    """Answers of customers whose reasons to leave add up, while staying never gets likelier than four in five."""
    random_ = drawing(seed)
    for _ in range(count):
        features = [random_.gauss(0.0, 1.0) for _ in FEATURE_NAMES]
        features[RECENCY] = 3.0 + random_.gauss(0.0, 0.3)
        reasons = 1.5 * (features[1] + features[2] + features[3])
        yield features, bool(random_.random() < 1.0 / (1.0 + np.exp(-max(reasons, -1.4))))


def _learner(answers: Iterable[tuple[list[float], bool]], learner: Learner | None = None) -> Learner:
    learner = learner or Learner(_HORIZON)
    for number, (features, left) in enumerate(answers):
        learner.learn_answer(features, left, 0.5, number * DAY_MS // 100)
    return learner


def _published(learner: Learner) -> Model:
    return decode_model(encode_record(learner.publish(0, from_ms(0))))


@pytest.fixture(scope="module")
def model() -> Model:
    return _published(_learner(_of_reasons(6_000)))


def _customers(answers: Iterable[tuple[list[float], bool]]) -> Matrix:
    return np.array([features for features, _ in answers]).T


def test_a_recalibration_without_answers_changes_nothing() -> None:
    assert CalibrationMap(Recalibration().state)(_CHECKED) == pytest.approx(_CHECKED, abs=1e-12)


@given(_answers_of)
def test_learnt_calibration_maps_are_monotone(answers: list[tuple[float, bool]]) -> None:
    bent = CalibrationMap(_learnt(answers).state)(_CHECKED)

    assert np.isfinite(bent).all()
    assert (np.diff(bent) >= -1e-12).all()


@given(_bends)
def test_published_calibration_maps_are_monotone(bend: Bend) -> None:
    assert (np.diff(CalibrationMap(bend)(_CHECKED)) >= -1e-12).all()


@given(_bends, st.lists(st.floats(-40.0, 40.0), min_size=1, max_size=20))
def test_the_calibration_map_does_not_depend_on_the_batch(bend: Bend, log_odds: list[float]) -> None:
    calibration = CalibrationMap(bend)

    assert calibration(np.array(log_odds)).tolist() == [calibration(np.array([one]))[0] for one in log_odds]


@given(_bends, st.floats(-5.0, 5.0), st.lists(st.floats(-20.0, 20.0), min_size=1, max_size=20))
def test_secant_slopes_times_differences_are_the_calibrated_differences(
    bend: Bend, middle: float, apart: list[float]
) -> None:
    calibration, parts = CalibrationMap(bend), np.array(apart)

    stretches = calibration.secant_slopes(np.array(middle), parts)

    assert (stretches >= 0.0).all()
    assert stretches * parts == pytest.approx(calibration(middle + parts) - calibration(np.array(middle)), abs=1e-5)


def test_odds_that_grow_too_fast_far_out_are_corrected() -> None:
    truth = np.arctan

    bent = CalibrationMap(_learnt(_drawn(truth)).state)(np.array(KNOTS))

    line = np.polyval(np.polyfit(KNOTS, truth(np.array(KNOTS)), 1), KNOTS)
    expected = np.array(KNOTS) + truth(np.array(KNOTS)) - line
    assert bent == pytest.approx(expected, abs=0.35)


@pytest.mark.parametrize("truth", [lambda said: said + 0.5, lambda said: 0.8 * said, lambda said: 0.3 - said * 0.1])
def test_level_and_slope_are_left_to_the_weights(truth: Callable[[float], float]) -> None:
    bent = CalibrationMap(_learnt(_drawn(truth)).state)(np.array(KNOTS))

    assert bent == pytest.approx(np.array(KNOTS), abs=0.3)


def test_recalibration_improves_risks_that_are_not_additive(model: Model) -> None:
    later = list(_of_reasons(4_000, seed=2))
    left = [one for _, one in later]

    straight, bent = (
        quality_of(probability(RiskModel(one, _HORIZON).log_odds(_customers(later))), left)
        for one in (msgspec.structs.replace(model, bend=None), model)
    )

    assert bent.log_loss < straight.log_loss
    assert bent.calibration_error < straight.calibration_error


def test_effects_add_up_to_the_calibrated_odds(model: Model) -> None:
    scorer, customers = RiskModel(model, _HORIZON), _customers(_of_reasons(50, seed=3))
    average = scorer.log_odds(np.array([model.means]).T)[0]

    assert scorer.effects(customers).sum(axis=1) == pytest.approx(scorer.log_odds(customers) - average, abs=1e-5)


def test_reasons_keep_their_order_and_their_sign(model: Model) -> None:
    customers = _customers(_of_reasons(50, seed=3))

    straight, bent = (
        RiskModel(one, _HORIZON).effects(customers) for one in (msgspec.structs.replace(model, bend=None), model)
    )

    assert (np.sign(straight) == np.sign(bent)).all()
    assert (straight.argsort(axis=1) == bent.argsort(axis=1)).all()


def test_customers_who_have_just_bought_have_other_weights_and_teach_no_recalibration() -> None:
    answers = list(_of_reasons(2_000))
    for features, _ in answers:
        features[RECENCY] = 0.0

    assert _learner(answers).recalibration.state == Recalibration().state


@pytest.mark.parametrize("before", [50, 101, 1_500])
def test_a_learner_resumes_from_its_published_model_to_the_last_bit(before: int) -> None:
    answers = list(_of_reasons(2_000))
    never_stopped = _learner(answers[:before])

    resumed = _learner(answers[before:], Learner.resume(_published(never_stopped)))
    _learner(answers[before:], never_stopped)

    assert _published(resumed) == _published(never_stopped)


def test_a_model_without_a_calibration_map_is_read_and_resumed(model: Model) -> None:
    written = msgspec.json.decode(encode_record(model))
    del written["bend"]
    old = decode_model(msgspec.json.encode(written))

    learner = _learner(_of_reasons(200, seed=2), Learner.resume(old))

    assert np.isfinite(RiskModel(old, _HORIZON).log_odds(np.zeros((len(FEATURE_NAMES), 1)))).all()
    assert learner.recalibration.state != Recalibration().state


def test_a_calibration_map_of_other_knots_is_refused(model: Model) -> None:
    other = msgspec.structs.replace(model, bend=Bend((0.0, 0.1), (1.0, 1.0)))

    with pytest.raises(ModelRefusedError, match="has a bend of 2 knots"):
        RiskModel(other, _HORIZON)
    with pytest.raises(ModelRefusedError, match="cannot be gone on from: a bend of 2 knots"):
        Learner.resume(other)
