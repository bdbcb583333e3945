from itertools import permutations
from math import log

from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from customers.facts import CONTACT, PURCHASE, Fact
from customers.state import Customer
from risk.scoring.model.regression import GROUPS
from risk.scoring.reasons.reasons import AVERAGE, MAX_REASONS, reasons_of
from risk.scoring.reasons.wording import LOWERING, RAISING, Setting
from schemas.moments import DAY_MS
from schemas.records.score import ReasonInWords
from tests.customers.lives import lives
from tests.risk.histories import customer_of, day

_effects = st.lists(st.floats(-20.0, 20.0), min_size=len(GROUPS), max_size=len(GROUPS))
_customers = lives.filter(bool).map(customer_of)
_averages = st.floats(-5.0, 5.0)
_days_later = st.floats(0.0, 900.0)


_SETTING = Setting(90 * DAY_MS, "EUR")


def _bought(*days: float) -> list[Fact]:
    return [Fact(day(number), index, PURCHASE, day(number), 10.0, 1) for index, number in enumerate(days)]


def _parts(**effects: float) -> list[float]:
    return [effects.get(group, 0.0) for group in GROUPS]


def _reasons(customer: Customer, parts: list[float], average: float, on: float) -> tuple[ReasonInWords, ...]:
    return reasons_of(customer, parts, average + sum(parts), day(on), _SETTING)


def _named(reasons: tuple[ReasonInWords, ...]) -> list[tuple[str, float]]:
    return [(reason.feature, reason.effect) for reason in reasons]


@given(_customers, _effects, _averages, _days_later)
def test_there_are_at_most_three_reasons_that_point_one_way_the_strongest_first(
    customer: Customer, effects: list[float], average: float, later: float
) -> None:
    now = customer.as_of + round(later * DAY_MS)
    reasons = reasons_of(customer, effects, average + sum(effects), now, _SETTING)

    strengths = [abs(reason.effect) for reason in reasons]
    assert len(reasons) <= MAX_REASONS
    assert strengths == sorted(strengths, reverse=True)
    assert len({reason.effect > 0 for reason in reasons}) <= 1
    assert len({reason.feature for reason in reasons}) == len({reason.text for reason in reasons}) == len(reasons)


@given(_customers, _effects, _averages, _days_later)
def test_each_reason_is_true_of_the_customer_and_a_high_risk_is_explained_by_what_raises_it(
    customer: Customer, effects: list[float], average: float, later: float
) -> None:
    now = customer.as_of + round(later * DAY_MS)
    log_odds = average + sum(effects)
    reasons = [one for one in reasons_of(customer, effects, log_odds, now, _SETTING) if one.feature != AVERAGE]

    assert round(100.0 * expit(log_odds)) < 50 or all(one.effect > 0.0 for one in reasons)
    for one in reasons:
        wordings = RAISING if one.effect > 0.0 else LOWERING
        assert one.text == wordings[one.feature](customer, now, _SETTING)


@given(_customers, _effects, _averages)
def test_nobody_who_has_just_bought_is_called_silent(customer: Customer, effects: list[float], average: float) -> None:
    now = max(customer.last_purchase, customer.first_seen)
    reasons = reasons_of(customer, effects, average + sum(effects), now, _SETTING)

    assert not [reason for reason in reasons if reason.text.startswith("No purchase")]


def test_a_loyal_buyer_who_fell_silent_is_called_silent_first_whichever_group_weighs_most() -> None:
    loyal = customer_of(_bought(*[7.0 * number for number in range(50)]))
    silence = "No purchase since 9 December 2024; the usual gap is 7 days"

    by_rhythm = _reasons(loyal, _parts(rhythm=3.0, spend=1.0, silence=0.5), 0.0, on=410.0)
    by_silence = _reasons(loyal, _parts(rhythm=0.5, silence=3.0), 0.0, on=410.0)

    assert [(reason.feature, reason.text) for reason in by_rhythm] == [("rhythm", silence)]
    assert [(reason.feature, reason.text) for reason in by_silence] == [("silence", silence)]


def test_a_risk_above_the_average_is_explained_by_what_raises_it_though_it_is_low() -> None:
    parts = _parts(spend=-1.0, silence=2.0)

    assert _named(_reasons(customer_of(_bought(0.0)), parts, -3.0, on=40.0)) == [("silence", 2.0)]


def test_a_low_risk_is_explained_by_what_lowers_it_where_nothing_true_raises_it() -> None:
    just_bought = customer_of(_bought(0.0))

    assert _named(_reasons(just_bought, _parts(silence=1.5, spend=-0.3), -3.0, on=0.0)) == [("spend", -0.3)]


def test_a_low_risk_below_the_average_is_explained_by_what_lowers_it_the_strongest_first() -> None:
    parts = _parts(rhythm=-3.0, spend=-0.2, silence=0.4)
    loyal = customer_of(_bought(0.0, 5.0, 10.0))

    assert _named(_reasons(loyal, parts, 1.0, on=12.0)) == [("rhythm", -3.0), ("spend", -0.2)]


def test_a_risk_below_the_average_is_explained_by_what_raises_it_where_that_is_strongest() -> None:
    complaining = customer_of([*_bought(0.0, 5.0, 10.0), Fact(day(11), 9, CONTACT, day(11), harmful=True)])
    parts = _parts(contacts=2.0, rhythm=-1.8, spend=-0.5)

    assert _named(_reasons(complaining, parts, -1.0, on=12.0)) == [("contacts", 2.0)]


def test_the_average_is_the_reason_where_nothing_else_is() -> None:
    loyal = customer_of(_bought(0.0, 5.0, 10.0))

    high = _reasons(loyal, _parts(rhythm=-0.5), log(3.0), on=12.0)
    low = _reasons(loyal, _parts(tenure=0.01), -log(3.0), on=12.0)

    assert high == (ReasonInWords(AVERAGE, 1.0986, "The average customer's risk is 75%"),)
    assert low == (ReasonInWords(AVERAGE, -1.0986, "The average customer's risk is 25%"),)


def test_where_neither_a_group_nor_the_average_explains_the_risk_the_two_are_compared() -> None:
    loyal = customer_of(_bought(0.0, 5.0, 10.0))

    (more,) = _reasons(loyal, _parts(rhythm=3.0), -1.0, on=12.0)
    (less,) = _reasons(customer_of(_bought(0.0, 5.0, 10.0)), _parts(silence=-1.2), 1.1, on=40.0)

    assert more == ReasonInWords(AVERAGE, 3.0, "More likely to leave than the average customer, whose risk is 27%")
    assert less == ReasonInWords(AVERAGE, -1.2, "Less likely to leave than the average customer, whose risk is 75%")


def test_effects_too_small_to_name_are_not_named() -> None:
    text = "About as likely to leave as the average customer, whose risk is 50%"

    assert _reasons(customer_of(_bought(0.0)), [0.005] * len(GROUPS), 0.0, on=40.0) == (
        ReasonInWords(AVERAGE, 0.035, text),
    )


@given(_customers, _effects, _averages, _days_later)
def test_no_risk_is_without_a_reason(customer: Customer, effects: list[float], average: float, later: float) -> None:
    now = customer.as_of + round(later * DAY_MS)

    assert reasons_of(customer, effects, average + sum(effects), now, _SETTING)


def test_reasons_do_not_depend_on_how_events_of_one_day_are_ordered() -> None:
    facts = [*_bought(0.0, 1.0), Fact(day(2), 9, CONTACT, day(2), leaving=True)]

    said = {_reasons(customer_of(order), [1.0] * len(GROUPS), 0.0, on=30.0) for order in permutations(facts)}

    assert len(said) == 1
