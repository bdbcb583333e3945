from math import ceil

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from customers.case import Scored
from customers.reviews.alert import AlertTransition, alarming_from, change_alert, relief_at, reliefs_at, shows_sign
from customers.reviews.looks import Planned
from customers.state import NEVER, Customer
from risk.scoring.records import alert_id, alert_of
from schemas.moments import DAY_MS
from schemas.records.alert import Alert
from schemas.records.score import Score
from schemas.settings.risk import AlertSettings

_SETTINGS = AlertSettings()
_shares = st.floats(0.0, 1.0)
_values = st.floats(0.0, 1000.0)


_GAP = 10 * DAY_MS
_LAST = 1_700_000_000_000
_ALARMING = _LAST + round(_SETTINGS.silent_gaps * _GAP)
"""From here on the silence of a customer who bought last at ``_LAST`` is unusual."""


def _buyer(purchases: int = 4, **changes: int) -> Customer:
    customer = Customer(first_purchase=_LAST - (purchases - 1) * _GAP, last_purchase=_LAST, purchases=purchases)
    for name, value in changes.items():
        setattr(customer, name, value)
    return customer


def _judged(risk: float, value: float) -> Score:
    return Score(risk=risk, value_at_risk=value, segment="win_back", reasons=(), model_version="20000-1")


def _alerts(judgements: list[tuple[float, float]], settings: AlertSettings = _SETTINGS) -> list[Alert]:
    customer = Customer()
    made = (
        alert_of("c", Scored(now, "review", score, Planned(change_alert(customer, score, now, settings))))
        for now, score in enumerate((_judged(*judged) for judged in judgements), start=1000)
    )
    return [alert for alert in made if alert is not None]


@given(st.lists(st.tuples(_shares, _values), max_size=60))
def test_alerts_are_raised_and_cleared_in_turns_and_a_clearing_names_its_raising(
    judgements: list[tuple[float, float]],
) -> None:
    alerts = _alerts(judgements)

    assert [alert.state for alert in alerts] == ["raised", "cleared"] * (len(alerts) // 2) + ["raised"] * (
        len(alerts) % 2
    )
    assert all(
        (raised.alert_id, raised.raised_at) == (cleared.alert_id, cleared.raised_at)
        for raised, cleared in zip(alerts[::2], alerts[1::2], strict=False)
    )
    assert len({alert.alert_id for alert in alerts}) == (len(alerts) + 1) // 2


@given(
    st.lists(
        st.tuples(
            st.floats(_SETTINGS.clear_risk, 1.0),
            st.floats(_SETTINGS.clear_value_at_risk, 1000.0),
        ),
        max_size=60,
    )
)
def test_an_alert_never_flaps_while_risk_and_value_stay_above_where_it_clears(
    judgements: list[tuple[float, float]],
) -> None:
    assert len(_alerts(judgements)) <= 1


@given(st.lists(st.floats(0.0, _SETTINGS.raise_risk, exclude_max=True), max_size=60))
def test_no_alert_is_raised_below_the_limits(risks: list[float]) -> None:
    assert _alerts([(risk, 1000.0) for risk in risks]) == []


@given(_shares, _values, _shares, _shares, _values, _values)
def test_the_same_judgement_twice_changes_at_most_once(
    risk: float, value: float, raise_risk: float, clear_risk: float, raise_value: float, clear_value: float
) -> None:
    assume(clear_risk <= raise_risk and clear_value <= raise_value)
    settings = AlertSettings(
        raise_risk=raise_risk, clear_risk=clear_risk, raise_value_at_risk=raise_value, clear_value_at_risk=clear_value
    )

    assert len(_alerts([(risk, value)] * 5, settings)) <= 1


def test_a_change_is_kept_in_the_state_and_a_clearing_says_when_it_was_raised() -> None:
    customer = Customer()

    assert change_alert(customer, _judged(0.9, 100.0), 5000, _SETTINGS) == AlertTransition("raised", 5000)
    assert customer.alert_raised == 5000
    assert change_alert(customer, _judged(0.9, 100.0), 6000, _SETTINGS) is None
    assert change_alert(customer, _judged(0.1, 100.0), 7000, _SETTINGS) == AlertTransition("cleared", 5000)
    assert customer.alert_raised == NEVER


def test_the_alert_of_a_customer_who_is_gone_ends_and_none_is_raised() -> None:
    customer, gone = Customer(), replace(_judged(0.9, 100.0), life_cycle="gone")

    assert change_alert(customer, gone, 5000, _SETTINGS) is None
    assert change_alert(customer, _judged(0.9, 100.0), 6000, _SETTINGS) == AlertTransition("raised", 6000)
    assert change_alert(customer, gone, 7000, _SETTINGS) == AlertTransition("cleared", 6000)


def test_the_rule_raises_no_alert_for_a_customer_who_has_bought_once() -> None:
    by_rule = replace(_judged(0.9, 100.0), model_version="rule-1")

    assert change_alert(_buyer(purchases=1), by_rule, _ALARMING, _SETTINGS) is None
    assert change_alert(_buyer(purchases=2), by_rule, _ALARMING, _SETTINGS) == AlertTransition("raised", _ALARMING)


def test_silence_alone_raises_no_alert_before_it_is_unusual_for_the_customer() -> None:
    high = _judged(0.99, 100.0)

    assert change_alert(_buyer(), high, _ALARMING - 1, _SETTINGS) is None
    assert change_alert(_buyer(), high, _ALARMING, _SETTINGS) == AlertTransition("raised", _ALARMING)


@pytest.mark.parametrize(
    "sign",
    [{"last_unresolved": _LAST + 1}, {"last_harmful_return": _LAST + 1}, {"last_judged": _LAST + 1, "leaving": True}],
)
def test_a_sign_of_leaving_since_the_last_purchase_raises_an_alert_at_once(sign: dict[str, int]) -> None:
    now, before = _LAST + DAY_MS, {name: at - 2 if at > 1 else at for name, at in sign.items()}

    assert change_alert(_buyer(**sign), _judged(0.65, 100.0), now, _SETTINGS) == AlertTransition("raised", now)
    assert change_alert(_buyer(**before), _judged(0.65, 100.0), now, _SETTINGS) is None


def test_a_complaint_that_was_resolved_is_no_sign_of_leaving() -> None:
    customer = _buyer(last_unresolved=_LAST + 1, last_resolved=_LAST + 2)

    assert not shows_sign(customer)
    assert change_alert(customer, _judged(0.65, 100.0), _LAST + DAY_MS, _SETTINGS) is None


def test_the_risk_that_is_needed_falls_while_the_silence_goes_on() -> None:
    customer, late = _buyer(), _LAST + round(_SETTINGS.overdue_gaps * _GAP)
    score = _judged(_SETTINGS.raise_risk - _SETTINGS.overdue_relief, 100.0)

    assert change_alert(customer, score, late - DAY_MS, _SETTINGS) is None
    assert change_alert(customer, score, late, _SETTINGS) == AlertTransition("raised", late)


@given(passed=st.lists(st.floats(0.0, 10.0), min_size=2, max_size=2).map(sorted))
def test_the_relief_grows_with_the_silence_and_is_bounded(passed: list[float]) -> None:
    earlier, later = (relief_at(_buyer(), _LAST + round(gaps * _GAP), _SETTINGS) for gaps in passed)

    assert 0.0 <= earlier <= later <= _SETTINGS.overdue_relief


@given(purchases=st.integers(0, 50), passed=st.lists(st.integers(0, 10 * _GAP), min_size=1, max_size=5))
def test_reliefs_of_many_are_those_of_each(purchases: int, passed: list[int]) -> None:
    customers, moments = [_buyer(), _buyer(purchases)], np.array([[_LAST + one for one in passed]] * 2)

    assert reliefs_at(customers, moments, _SETTINGS).tolist() == [
        [relief_at(customer, _LAST + one, _SETTINGS) for one in passed] for customer in customers
    ]


@given(purchases=st.integers(1, 50), gaps=st.floats(0.0, 10.0))
def test_an_alert_may_be_raised_from_the_last_purchase_on_where_there_is_no_rhythm(purchases: int, gaps: float) -> None:
    wait = alarming_from(_buyer(purchases=purchases), gaps) - _LAST

    assert wait == (ceil(gaps * _GAP) if purchases > 1 else 0)


@given(st.text(min_size=1, max_size=128), st.integers(1, 2**45), st.text(min_size=1, max_size=128))
def test_an_alerts_name_follows_from_customer_and_moment_alone(one: str, raised_at: int, other: str) -> None:
    assert alert_id(one, raised_at) == alert_id(one, raised_at)
    assert alert_id(one, raised_at) != alert_id(one, raised_at + 1)
    assert (alert_id(one, raised_at) == alert_id(other, raised_at)) == (one == other)


def test_an_alerts_name_is_the_same_for_ever() -> None:
    assert alert_id("customer-1", 1_700_000_000_000) == "07ba0415a5f00c0153f372fc"
