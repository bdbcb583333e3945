from math import isfinite
from random import Random

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.features.feature_names import FEATURE_NAMES
from risk.estimators.quantile_regression import OnlineQuantiles
from risk.learning.learner import Learner
from risk.scoring.outlook import LESS, MORE, NOTHING, USUAL, Answer, Bounds, kind_of, kind_probabilities
from risk.scoring.outlook_scorer import Forecasts, OutlookScorer
from risk.scoring.scorer import RiskScorer
from risk.scoring.value import share_at_risk
from schemas.moments import from_ms
from schemas.records.encode import encode_record
from schemas.records.model import Model, decode_model
from schemas.records.score import Outlook, RiskScore, decode_risk_score
from schemas.settings.risk import RiskSettings, SegmentSettings
from tests.risk.histories import drawing

_BOUNDS = Bounds(0.5, 1.5)
_shares = st.floats(0.0, 1.0)


def _features(random_: Random) -> list[float]:
    return [abs(random_.gauss(2.0, 1.0)) for _ in FEATURE_NAMES]


def _learn(learner: Learner, count: int, seed: int = 1) -> Learner:
    """Return an outlook of customers who buy little and late if their first feature is large."""
    random_ = drawing(seed)
    for _ in range(count):
        features = _features(random_)
        large = features[0] > 2.0
        answer = Answer(1, 0.01 if large else 10_000.0, 60.0 if large else 6.0)
        if random_.random() < 0.4:
            answer = Answer(0, 0.0, None)
        learner.learn_answer(features, answer.purchases == 0, 0.5, 0, answer)
    return learner


@pytest.fixture(scope="module")
def learner() -> Learner:
    return _learn(Learner(90.0), 1_500)


def _published(learner: Learner) -> Model:
    return learner.publish(learner.examples, from_ms(0))


def _forecasts(model: Model, rows: list[list[float]]) -> Forecasts:
    assert model.outlook is not None
    risks = np.linspace(0.1, 0.9, 7)[np.arange(len(rows)) % 7]
    return OutlookScorer(model, model.outlook).forecasts(np.array(rows).T, risks)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(0, 0.0, None), NOTHING),
        (Answer(1, 4.9, 1.0), LESS),
        (Answer(1, 5.0, 1.0), USUAL),
        (Answer(2, 15.0, 1.0), USUAL),
        (Answer(2, 15.1, 1.0), MORE),
    ],
)
def test_the_kind_of_an_answer_is_relative_to_the_customers_usual_spending(answer: Answer, kind: int) -> None:
    assert kind_of(answer, 10.0, _BOUNDS) == kind


def test_a_customer_who_pays_nothing_as_before_buys_as_usual() -> None:
    assert kind_of(Answer(1, 0.0, 3.0), 0.0, _BOUNDS) == USUAL


@given(_shares, _shares, _shares)
def test_an_outlook_sums_to_one_and_begins_with_the_risk_as_published(risk: float, less: float, more: float) -> None:
    row = kind_probabilities(np.array([risk]), np.array([less]), np.array([more]))[0].tolist()

    assert sum(row) == pytest.approx(1.0, abs=1e-6)
    assert min(row) >= 0.0
    assert row[NOTHING] == round(risk, 6)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=9))
def test_a_customers_outlook_does_not_depend_on_the_batch(learner: Learner, seeds: list[int]) -> None:
    model, rows = _published(learner), [_features(drawing(seed)) for seed in seeds]
    together = _forecasts(model, rows)

    alone = [_forecasts(model, [row]) for row in rows]

    assert together.days.tolist() == [one.days[0].tolist() for one in alone]
    assert (together.outlook[:, LESS] / (1.0 - together.outlook[:, NOTHING])).tolist() == pytest.approx(
        [one.outlook[0, LESS] / (1.0 - one.outlook[0, NOTHING]) for one in alone], abs=1e-4
    )


@pytest.mark.parametrize("company", [1, 2])
def test_a_forecast_leaves_the_features_as_they_were(learner: Learner, company: int) -> None:
    model, values = _published(learner), np.array([_features(drawing(seed)) for seed in range(company)]).T.copy()
    before = values.copy()
    assert model.outlook is not None

    OutlookScorer(model, model.outlook).forecasts(values, np.full(company, 0.5))

    assert before.tolist() == values.tolist()


def test_the_causes_of_amount_and_time_are_found(learner: Learner) -> None:
    small, large = _features(drawing(7)), _features(drawing(7))
    small[0], large[0] = 0.5, 4.0

    found = _forecasts(_published(learner), [small, large])

    assert found.outlook[0, MORE] > 5 * found.outlook[0, LESS]
    assert found.outlook[1, LESS] > 5 * found.outlook[1, MORE]
    assert found.days[0, 1] < 15.0
    assert found.days[1, 1] > 35.0


@given(st.integers(0, 10_000), st.sampled_from([1.0, 1e3, 1e9]))
def test_days_rise_from_level_to_level_and_stay_within_the_horizon(learner: Learner, seed: int, far: float) -> None:
    row = [value * far for value in _features(drawing(seed))]

    days = _forecasts(_published(learner), [row]).days[0]

    assert 0.0 <= days[0] <= days[1] <= days[2] <= 90.0


@pytest.mark.parametrize("before", [0, 1, 16, 137])
def test_an_outlook_resumed_goes_on_as_if_never_stopped(before: int) -> None:
    never_stopped = _learn(Learner(90.0), before)

    resumed = Learner.resume(decode_model(encode_record(_published(never_stopped))))

    assert encode_record(_published(_learn(resumed, 200, 2))) == encode_record(
        _published(_learn(never_stopped, 200, 2))
    )


def test_an_outlook_learnt_with_other_bounds_is_discarded(learner: Learner) -> None:
    resumed = Learner.resume(_published(learner), bounds=Bounds(0.8, 1.2))

    assert resumed.outlook.buyers == 0
    assert resumed.examples == learner.examples


def test_a_model_of_before_gives_risks_without_outlooks(learner: Learner) -> None:
    judge = RiskScorer(RiskSettings(), SegmentSettings(), "USD")
    old = msgspec.structs.replace(_published(learner), outlook=None)

    assert judge.load(old)
    assert judge.predictor.outlook is None
    assert judge.load(_published(learner))
    assert judge.predictor.outlook is not None


def test_quantiles_cover_what_they_say() -> None:
    random_, quantiles = drawing(3), OnlineQuantiles(2, (0.0, 0.0, 0.0))
    missed = np.zeros(3)
    for number in range(6_000):
        inputs = np.array([random_.gauss(0.0, 1.0), random_.gauss(0.0, 1.0)])
        value = 3.0 + 2.0 * inputs[0] + random_.expovariate(1.0)
        if number >= 3_000:
            weights = np.array(quantiles.publish().weights)
            missed += value <= weights[:, 0] + weights[:, 1:] @ inputs
        quantiles.learn(inputs, value)

    assert (missed / 3_000).tolist() == pytest.approx([0.1, 0.5, 0.9], abs=0.03)


@given(_shares, _shares, _shares, _shares)
def test_the_share_at_risk_is_between_the_risk_and_all(risk: float, less: float, more: float, kept: float) -> None:
    outlook = kind_probabilities(np.array([risk]), np.array([less]), np.array([more]))

    share = float(share_at_risk(outlook, kept)[0])

    assert isfinite(share)
    assert outlook[0, NOTHING] <= share <= 1.0 + 1e-9


def test_a_score_of_before_there_were_outlooks_is_read_and_one_without_leaves_it_out() -> None:
    score = RiskScore(
        customer_id="c",
        scored_at=from_ms(0),
        cause="review",
        risk=0.25,
        reasons=(),
        value_at_risk=1.0,
        segment="let_be",
        model_version="rule-1",
    )
    written = encode_record(score)

    assert b"outlook" not in written
    assert decode_risk_score(written) == score
    told = msgspec.structs.replace(score, outlook=Outlook(0.25, 0.25, 0.25, 0.25))
    assert decode_risk_score(encode_record(told)) == told
