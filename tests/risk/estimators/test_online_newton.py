import copy
import json
from collections.abc import Callable, Hashable
from dataclasses import asdict
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import compose, preprocessing

from risk.estimators.newton_state import NewtonState
from risk.estimators.online_newton import OnlineNewton
from tests.risk.estimators.river_checks import checks_of
from tests.risk.histories import drawing

Answer = tuple[dict[Any, float], bool]

_TRUE = {"a": 1.5, "b": -1.0}


def _answer(random_: Random) -> Answer:
    x = {name: random_.gauss(0.0, 1.0) for name in _TRUE}
    log_odds = 0.5 + sum(weight * x[name] for name, weight in _TRUE.items())
    return x, random_.random() < 1.0 / (1.0 + np.exp(-log_odds))


def _answers(count: int, seed: int = 1) -> list[Answer]:
    random_ = drawing(seed)
    return [_answer(random_) for _ in range(count)]


def _learnt(answers: list[Answer], **parameters: Any) -> OnlineNewton:  # noqa: ANN401 - as declared there
    newton = OnlineNewton(**parameters)
    for x, y in answers:
        newton.learn_one(x, y)
    return newton


def _covariance(state: NewtonState) -> Any:  # noqa: ANN401 - a matrix
    size = len(state.latest_weights)
    covariance = np.zeros((size, size))
    covariance[np.tril_indices(size)] = np.frombuffer(state.covariance, dtype="<f8")
    return covariance + np.tril(covariance, -1).T


@pytest.mark.parametrize("check", checks_of(OnlineNewton()), ids=lambda check: check.__name__)
def test_the_classifier_passes_rivers_own_checks(check: Callable[[Any], None]) -> None:
    check(OnlineNewton())


def test_it_works_in_rivers_pipelines_one_at_a_time_and_many() -> None:
    import pandas as pd  # type: ignore[import-untyped] # noqa: PLC0415 - slow to load, needed once

    pipeline = compose.Pipeline(preprocessing.StandardScaler(), OnlineNewton(prior_variance=1.0))
    answers = _answers(300)
    for x, y in answers:
        pipeline.learn_one(x, y)

    many = pipeline.predict_proba_many(pd.DataFrame([x for x, _ in answers]))

    assert many[True].tolist() == pytest.approx([pipeline.predict_proba_one(x)[True] for x, _ in answers])


def test_it_finds_the_weights_that_the_answers_came_from() -> None:
    weights = _learnt(_answers(4_000), prior_variance=1.0, drift=0.0).state.weights

    assert weights == pytest.approx((0.5, 1.5, -1.0), abs=0.15)


def test_one_step_is_the_kalman_filters() -> None:
    newton = OnlineNewton(prior_variance=0.5, drift=0.0)

    newton.learn_one({"a": 2.0}, True)

    prior, inputs = np.diag([1.0, 0.5]), np.array([1.0, 2.0])
    posterior = np.linalg.inv(np.linalg.inv(prior) + 0.25 * np.outer(inputs, inputs))
    assert newton.state.latest_weights == pytest.approx(posterior @ inputs * 0.5)
    assert _covariance(newton.state) == pytest.approx(posterior)


def test_equal_features_share_what_they_explain() -> None:
    doubled = [({"a": x["a"], "again": x["a"]}, y) for x, y in _answers(500)]

    _, first, second = _learnt(doubled).state.weights

    assert first == pytest.approx(second, rel=1e-6)


def test_with_drift_it_follows_customers_who_change() -> None:
    turned = [*_answers(3_000), *((x, not y) for x, y in _answers(1_000, seed=2))]

    following = _learnt(turned, prior_variance=1.0, drift=1e-3, averaged=100).predict_proba_one({"a": 1.0, "b": 0.0})[
        True
    ]
    staying = _learnt(turned, drift=0.0).predict_proba_one({"a": 1.0, "b": 0.0})[True]

    assert following < 0.3 < staying


def test_a_weight_of_which_nothing_is_learnt_stays_as_unsure_as_at_first() -> None:
    silent = [({**x, "never": 0.0}, y) for x, y in _answers(2_000)]

    covariance = _covariance(_learnt(silent, prior_variance=0.1, drift=1e-3).state)

    assert covariance[3, 3] == pytest.approx(0.1)


@given(st.integers(0, 1_000), st.sampled_from([0.0, 2e-7, 1e-3]), st.sampled_from([1.0, 6.0, 1e3]))
def test_the_covariance_stays_that_of_something(seed: int, drift: float, spread: float) -> None:
    wide = [({name: spread * value for name, value in x.items()}, y) for x, y in _answers(200, seed)]

    assert np.linalg.eigvalsh(_covariance(_learnt(wide, drift=drift).state)).min() > 0.0


def test_the_same_answers_in_order_give_the_same_to_the_last_bit() -> None:
    assert _learnt(_answers(200)).state == _learnt(_answers(200)).state


def test_ordered_values_and_dictionaries_give_the_same_to_the_last_bit() -> None:
    ordered = OnlineNewton()
    ordered.register(_TRUE)
    for x, y in _answers(200):
        ordered.learn_ordered(np.array(list(x.values())), y)

    assert ordered.state == _learnt(_answers(200)).state


@given(st.integers(0, 60))
def test_written_as_plain_data_and_read_back_it_goes_on_as_if_never_stopped(before: int) -> None:
    answers = _answers(60)
    never_stopped = _learnt(answers[:before])

    written = json.dumps(asdict(never_stopped.state), default=bytes.hex)
    resumed = OnlineNewton()
    resumed.resume(_read(written))
    for x, y in answers[before:]:
        never_stopped.learn_one(x, y)
        resumed.learn_one(x, y)

    assert resumed.state == never_stopped.state


def _read(written: str) -> NewtonState:
    plain = json.loads(written)
    return NewtonState(
        features=tuple(plain["features"]),
        examples=plain["examples"],
        weights=tuple(plain["weights"]),
        latest_weights=tuple(plain["latest_weights"]),
        covariance=bytes.fromhex(plain["covariance"]),
    )


def test_inputs_are_left_unchanged() -> None:
    answers = _answers(20)
    before = copy.deepcopy(answers)

    newton = _learnt(answers)
    newton.predict_proba_one(answers[0][0])

    assert answers == before


def test_a_feature_that_comes_later_is_learnt_and_leaves_the_others_as_they_were() -> None:
    newton = _learnt(_answers(100))
    before = newton.state

    newton.register(["new"])

    after = newton.state
    assert after.features == ("a", "b", "new")
    assert after.weights == (*before.weights, 0.0)
    assert _covariance(after)[:3, :3].tolist() == _covariance(before).tolist()


def test_a_feature_never_learnt_says_nothing() -> None:
    newton = _learnt(_answers(100))

    assert newton.predict_proba_one({"a": 1.0, "new": 9.0}) == newton.predict_proba_one({"a": 1.0})


def test_before_anything_is_learnt_the_odds_are_even() -> None:
    assert OnlineNewton().predict_proba_one({"a": 1.0}) == {False: 0.5, True: 0.5}


@pytest.mark.parametrize("drift", [-1e-9, 0.02, 1.0])
def test_a_drift_that_leaves_nothing_of_the_prior_is_refused(drift: float) -> None:
    with pytest.raises(ValueError, match="drift"):
        OnlineNewton(prior_variance=0.02, drift=drift)


def test_an_average_over_no_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        OnlineNewton(averaged=0)


def test_widening_the_prior_equals_having_had_the_wide_prior_from_the_start() -> None:
    random_ = drawing(7)
    answers: list[tuple[dict[Hashable, Any], bool]] = [
        ({"a": random_.gauss(0.0, 1.0), "b": random_.gauss(0.0, 1.0)}, random_.random() < 0.5) for _ in range(60)
    ]
    narrow, wide = OnlineNewton(0.1, drift=0.0), OnlineNewton(0.5, drift=0.0)
    for features, label in answers:
        narrow.learn_one(features, label)
        wide.learn_one(features, label)

    narrow.widen_prior(0.5)

    covariances = [np.frombuffer(one.state.covariance, dtype="<f8") for one in (narrow, wide)]
    assert covariances[0] == pytest.approx(covariances[1], abs=0.01)
    assert narrow.state.latest_weights == pytest.approx(wide.state.latest_weights, abs=0.05)
