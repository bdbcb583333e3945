"""The planner of looks: an alert comes when the risk reaches its threshold, not when the calendar says so."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.advance import advance_all, receive
from customers.case import Case
from customers.features.features import Features, features_of
from customers.policy import policy_of
from customers.reviews.looks import Looked
from customers.state import Customer
from risk.scoring.look_planner import LookPlanner
from risk.scoring.model.risk_model import probability
from risk.scoring.scorer import RiskScorer
from schemas.moments import DAY_MS
from schemas.settings.risk import AlertSettings, RiskSettings, SegmentSettings
from tests.customers.lives import START, purchase

POLICY = policy_of(RiskSettings())
ALERTS = AlertSettings(
    raise_risk=0.62, raise_value_at_risk=1.0, clear_value_at_risk=0.0, silent_gaps=0.0, overdue_relief=0.0
)
SCORER = RiskScorer(RiskSettings(), SegmentSettings(), "USD")
PLANNER = LookPlanner(POLICY, ALERTS, lambda _: SCORER)

rhythms = st.tuples(st.integers(78, 140), st.integers(2, 8))
"""Days between purchases, and their number: the rule has such a customer reach the threshold before they are gone."""


def _silent(gap: int, purchases: int, customer_id: str, planner: LookPlanner, horizons: int = 4) -> Case:
    """Advance a customer who falls silent after some regular purchases."""
    case = Case(customer_id, Customer())
    for number in range(purchases):
        receive(case.customer, purchase(START + number * gap * DAY_MS, amount=500.0))
    last = START + (purchases - 1) * gap * DAY_MS
    advance_all([case], last + horizons * 90 * DAY_MS, POLICY, SCORER, planner=planner)
    return case


@given(rhythm=rhythms, customer_id=st.text(min_size=1, max_size=8))
def test_an_alert_comes_within_three_days_of_when_an_hourly_look_would_have_raised_it(
    rhythm: tuple[int, int], customer_id: str
) -> None:
    case = _silent(*rhythm, customer_id, PLANNER)

    raised = next(one for one in case.result.scored if one.alert is not None)
    before = raised.now - 3 * DAY_MS
    (risk,) = probability(SCORER.predictor.log_odds(features_of([case.customer], [before], POLICY.horizon_days)))
    assert case.customer.last_purchase < before
    assert risk < ALERTS.raise_risk <= raised.score.risk


@given(rhythm=rhythms, customer_id=st.text(min_size=1, max_size=8))
def test_an_alert_that_waited_for_the_silence_to_be_unusual_comes_as_soon_as_it_is(
    rhythm: tuple[int, int], customer_id: str
) -> None:
    patient = LookPlanner(POLICY, AlertSettings(raise_value_at_risk=1.0, clear_value_at_risk=0.0), lambda _: SCORER)
    gap, purchases = rhythm
    case = _silent(gap, purchases, customer_id, patient)

    raised = next(one for one in case.result.scored if one.alert is not None)
    alarming = case.customer.last_purchase + 1.9 * gap * DAY_MS
    assert alarming <= raised.now <= alarming + 5 * DAY_MS  # looks are apart by a sixty-fourth of the silence


@given(rhythm=rhythms, customer_id=st.text(min_size=1, max_size=8))
def test_planning_takes_a_few_looks_beyond_the_grid(rhythm: tuple[int, int], customer_id: str) -> None:
    scored = _silent(*rhythm, customer_id, PLANNER).result.scored

    reviews = [one.now for one in scored if one.cause == "review"]
    grid = (reviews[-1] - START) // POLICY.review_ms + 1
    assert len(reviews) <= 2 * grid + 30


def test_what_is_planned_for_a_customer_does_not_depend_on_the_others() -> None:
    looked = []
    for number in range(6):
        case = _silent(80 + 10 * number, 3, f"c-{number}", PLANNER, horizons=1)
        looked.append(Looked(f"c-{number}", case.customer, case.customer, case.result.scored[-1].score, bought=False))
    alone = msgspec.json.decode(msgspec.json.encode([one.customer for one in looked]), type=list[Customer])

    PLANNER(looked, _features(looked))
    for one, customer in zip(looked, alone, strict=True):
        apart = [msgspec.structs.replace(one, customer=customer, heard=customer)]
        PLANNER(apart, _features(apart))

    assert [one.customer.next_review for one in looked] == [customer.next_review for customer in alone]


def _features(looked: list[Looked]) -> Features:
    return features_of([one.heard for one in looked], [one.customer.clock for one in looked], POLICY.horizon_days)


@pytest.mark.parametrize("raise_risk", [0.0, 1.0])
def test_thresholds_at_the_ends_are_planned_for(raise_risk: float) -> None:
    settings = AlertSettings(
        raise_risk=raise_risk,
        clear_risk=0.0,
        raise_value_at_risk=0.0,
        clear_value_at_risk=0.0,
        silent_gaps=0.0,
        overdue_relief=0.0,
    )
    planner = LookPlanner(POLICY, settings, lambda _: SCORER)

    scored = _silent(80, 3, "somebody", planner).result.scored

    assert any(one.alert is not None for one in scored) == (raise_risk == 0.0)
