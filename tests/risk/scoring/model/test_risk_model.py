from collections.abc import Sequence
from random import Random

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import compose

from customers.features.feature_names import FEATURE_NAMES, FEATURE_SET
from customers.features.features import Matrix
from risk.estimators.online_newton import OnlineNewton
from risk.estimators.scaler import RunningScaler
from risk.learning.learner import Learner, named
from risk.scoring.model.regression import GROUPS
from risk.scoring.model.risk_model import CLIP, ModelRefusedError, RiskModel, probability
from schemas.moments import from_ms
from schemas.records.encode import encode_record
from schemas.records.model import Model, decode_model
from schemas.records.training_example import TrainingExample
from tests.risk.histories import drawing

_CONSTANT = FEATURE_NAMES.index("sentiment")


def _drawn(random_: Random, spread: float = 1.0) -> tuple[float, ...]:
    features = [random_.gauss(2.0, spread) for _ in FEATURE_NAMES]
    features[_CONSTANT] = 0.0
    return tuple(features)


def _example(random_: Random) -> TrainingExample:
    features = _drawn(random_)
    return TrainingExample(
        customer_id="c",
        asked_at=from_ms(0),
        settled_at=from_ms(1),
        cause="review",
        horizon_days=90.0,
        left=features[0] + random_.gauss(0.0, 1.0) > 2.0,
        purchases=0,
        amount=0.0,
        risk=random_.random(),
        model_version="rule-1",
        feature_set=FEATURE_SET,
        features=features,
    )


def _examples(count: int, seed: int = 1) -> list[TrainingExample]:
    random_ = drawing(seed)
    return [_example(random_) for _ in range(count)]


def _learnt(examples: list[TrainingExample]) -> Learner:
    learner = Learner(90.0)
    for example in examples:
        learner.learn(example)
    return learner


def _published(learner: Learner) -> Model:
    return learner.publish(learner.examples, from_ms(0))


def _straight(learner: Learner) -> Model:
    return msgspec.structs.replace(_published(learner), bend=None)


def _columns(*features: Sequence[float]) -> Matrix:
    columns: Matrix = np.array(features).T
    return columns


@pytest.fixture(scope="module")
def learner() -> Learner:
    return _learnt(_examples(400))


@given(st.integers(0, 10_000), st.sampled_from([1.0, 5.0, 100.0]))
def test_the_scorer_answers_as_rivers_pipeline_does_even_far_out(learner: Learner, seed: int, spread: float) -> None:
    features = _drawn(drawing(seed), spread)

    log_odds = RiskModel(_straight(learner), 90.0).log_odds(_columns(features))

    assert probability(log_odds)[0] == pytest.approx(learner.predict(features), abs=1e-9)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=6))
def test_a_customers_odds_do_not_depend_on_the_batch(learner: Learner, seeds: list[int]) -> None:
    scorer, drawn = RiskModel(_published(learner), 90.0), [_drawn(drawing(seed)) for seed in seeds]

    together, effects = scorer.log_odds(_columns(*drawn)), scorer.effects(_columns(*drawn))

    assert together.tolist() == [scorer.log_odds(_columns(one))[0] for one in drawn]
    assert effects.tolist() == [scorer.effects(_columns(one))[0].tolist() for one in drawn]


@given(st.integers(0, 10_000))
def test_effects_add_up_to_the_difference_from_the_average_customer(learner: Learner, seed: int) -> None:
    model, features = _published(learner), _columns(_drawn(drawing(seed)))
    scorer, average = RiskModel(model, 90.0), _columns(model.means)

    apart = scorer.log_odds(features)[0] - scorer.log_odds(average)[0]
    assert scorer.effects(features).sum() == pytest.approx(apart, abs=1e-9)
    assert scorer.effects(average).tolist() == [[0.0] * len(GROUPS)]


def test_a_feature_that_never_varied_says_nothing(learner: Learner) -> None:
    features = list(_drawn(drawing(3)))
    scorer = RiskModel(_straight(learner), 90.0)
    usual = scorer.log_odds(_columns(features))
    features[_CONSTANT] = 50.0

    assert scorer.log_odds(_columns(features)) == usual
    assert probability(usual)[0] == pytest.approx(learner.predict(features), abs=1e-9)


def test_before_anything_was_learnt_scorer_and_pipeline_say_even_odds() -> None:
    fresh, features = Learner(90.0), _drawn(drawing(3))

    assert probability(RiskModel(_published(fresh), 90.0).log_odds(_columns(features))) == [0.5]
    assert fresh.predict(features) == 0.5


def test_the_learner_is_rivers_pipeline_to_the_last_bit() -> None:
    ours, newton = Learner(90.0), OnlineNewton(0.1)
    pipeline = compose.Pipeline(RunningScaler(CLIP), newton)

    for example in _examples(300):
        ours.learn(example)
        pipeline.learn_one(named(example.features), example.left)

    published = _published(ours)
    assert (published.intercept, *published.weights) == newton.state.weights
    assert published.covariance == newton.state.covariance


def test_a_record_is_small_enough_to_be_read_by_every_worker_every_second(learner: Learner) -> None:
    assert len(encode_record(_published(learner))) < 100_000


@pytest.mark.parametrize("before", [0, 1, 2, 137])
def test_a_learner_resumed_from_a_published_model_continues_as_if_never_stopped(before: int) -> None:
    examples = _examples(300)
    never_stopped = _learnt(examples[:before])

    written = encode_record(_published(never_stopped))
    resumed = Learner.resume(decode_model(written))
    for example in examples[before:]:
        never_stopped.learn(example)
        resumed.learn(example)

    assert encode_record(_published(resumed)) == encode_record(_published(never_stopped))


@pytest.mark.parametrize("length", [0, 7, 8, 8 * 629])
def test_a_model_whose_covariance_is_cut_short_is_refused(learner: Learner, length: int) -> None:
    model = msgspec.structs.replace(_published(learner), covariance=bytes(length))

    with pytest.raises(ModelRefusedError, match="model newton-400"):
        Learner.resume(model)


def test_two_learners_given_the_same_examples_publish_the_same_model() -> None:
    assert _published(_learnt(_examples(50))) == _published(_learnt(_examples(50)))


def test_a_model_learnt_on_other_features_is_refused(learner: Learner) -> None:
    model = decode_model(encode_record(_published(learner)).replace(FEATURE_SET.encode(), b"00000000"))

    with pytest.raises(ModelRefusedError, match="features 00000000"):
        RiskModel(model, 90.0)


def test_a_model_for_another_horizon_is_refused(learner: Learner) -> None:
    with pytest.raises(ModelRefusedError, match="answers for 90 days, not for 30"):
        RiskModel(_published(learner), 30.0)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0.0, 1e300))
def test_probability_never_overflows_and_never_falls_as_log_odds_rise(log_odds: float, more: float) -> None:
    less, greater = probability(np.array([log_odds, log_odds + more])).tolist()
    assert 0.0 <= less <= greater <= 1.0
