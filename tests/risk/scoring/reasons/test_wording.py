import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.facts import CONTACT, JUDGEMENT, PURCHASE, RETURN, Fact, Told
from customers.features.features import has_open_complaint
from customers.state import Customer
from risk.scoring.reasons.wording import LOWERING, RAISING, Setting, count_of, date_of, days_of
from schemas.moments import DAY_MS
from tests.customers.lives import lives
from tests.risk.histories import customer_of, day

_HORIZON_MS = 90 * DAY_MS
_customers = lives.filter(bool).map(customer_of)
_days_later = st.floats(0.0, 900.0)


def _bought(*days: float, amount: float = 10.0) -> list[Fact]:
    return [Fact(day(number), index, PURCHASE, day(number), amount, 1) for index, number in enumerate(days)]


_SETTING = Setting(_HORIZON_MS, "EUR")


def _after(customer: Customer, days: float) -> int:
    return customer.as_of + round(days * DAY_MS)


def _raising(facts: Iterable[Fact], group: str, on: float) -> str | None:
    return RAISING[group](customer_of(facts), day(on), _SETTING)


def _lowering(facts: Iterable[Fact], group: str, on: float) -> str | None:
    return LOWERING[group](customer_of(facts), day(on), _SETTING)


def _all(customer: Customer, now: int) -> list[str]:
    said = (word(customer, now, _SETTING) for wordings in (RAISING, LOWERING) for word in wordings.values())
    return [text for text in said if text is not None]


@given(_customers, _days_later)
def test_no_silence_is_named_that_is_not_longer_than_the_customers_own_gap(customer: Customer, later: float) -> None:
    now = _after(customer, later)
    since = customer.last_purchase or customer.first_seen
    gaps = customer.purchases - 1
    usual = (customer.last_purchase - customer.first_purchase) / gaps if gaps > 1 else 0.1 * _HORIZON_MS
    silent = [text for text in _all(customer, now) if text.startswith("No purchase")]

    assert not silent or round((now - since) / DAY_MS) > round(usual / DAY_MS)


@given(_customers)
def test_no_silence_is_named_on_the_day_of_a_purchase(customer: Customer) -> None:
    if customer.purchases:
        assert not [text for text in _all(customer, customer.last_purchase) if "No purchase" in text]


@given(_customers, _days_later)
def test_no_rhythm_is_named_before_there_are_three_purchases(customer: Customer, later: float) -> None:
    said = " ".join(_all(customer, _after(customer, later)))

    assert customer.purchases >= 3 or "gap" not in said
    assert customer.purchases >= 2 or "apart" not in said


@given(_customers, _days_later)
def test_a_complaint_is_called_unresolved_exactly_while_it_is(customer: Customer, later: float) -> None:
    now = _after(customer, later)

    assert ("unresolved" in (RAISING["contacts"](customer, now, _SETTING) or "")) == has_open_complaint(customer)
    assert not has_open_complaint(customer) or LOWERING["contacts"](customer, now, _SETTING) is None


@given(_customers, _days_later)
def test_what_raises_a_risk_never_speaks_of_loyalty(customer: Customer, later: float) -> None:
    said = [word(customer, _after(customer, later), _SETTING) or "" for word in RAISING.values()]

    assert not [text for text in said if text.startswith(("Customer since", "Spent", "Bought last"))]
    assert not [text for text in said if "apart on average" in text and not text.startswith("Buys seldom")]


@given(_customers, _days_later)
def test_what_lowers_a_risk_never_speaks_of_trouble(customer: Customer, later: float) -> None:
    said = [word(customer, _after(customer, later), _SETTING) or "" for word in LOWERING.values()]

    assert not [text for text in said if re.search("No purchase|only|defective|refunded|unresolved|leave|seldom", text)]


@given(_customers, _days_later, _days_later)
def test_a_sentence_stays_true_while_nothing_happens(customer: Customer, later: float, still_later: float) -> None:
    before, after = _all(customer, _after(customer, later)), _all(customer, _after(customer, later + still_later))

    assert not [text for text in before + after if " ago" in text]
    for text in before:
        same_beginning = [one for one in after if one[:12] == text[:12]]
        assert not same_beginning or text in same_beginning


@given(_customers, _days_later)
def test_sentences_are_short_and_hold_no_leftovers(customer: Customer, later: float) -> None:
    for text in _all(customer, _after(customer, later)):
        assert len(text) <= 110
        assert text[0].isupper() or text[0].isdigit()
        assert not re.search(r"nan|None|1970|\{|\}|-\d+ days", text)


@pytest.mark.parametrize(
    ("bought", "group", "text"),
    [
        ((0.0,), "silence", "No purchase since the only one, on 1 January 2024"),
        ((38.0,), "silence", None),
        ((0.0, 10.0), "silence", "No purchase since 11 January 2024, after 2 in all"),
        ((0.0, 10.0, 20.0), "silence", "No purchase since 21 January 2024; the usual gap is 10 days"),
        ((0.0, 18.0, 36.0), "silence", None),
        ((0.0,), "rhythm", "Bought only once"),
        ((0.0, 39.0), "rhythm", "Only 2 purchases so far"),
        ((0.0, 1.0), "rhythm", "No purchase since 2 January 2024, after 2 in all"),
        ((0.0, 7.0, 14.0), "rhythm", "No purchase since 15 January 2024; the usual gap is 7 days"),
        ((0.0, 5.0, 38.0), "rhythm", "Came back after 33 days the last time; the usual gap is 19 days"),
        ((0.0, 19.0, 38.0), "rhythm", None),
        ((-200.0, -100.0, 0.0), "rhythm", "Buys seldom: 3 purchases, 100 days apart on average"),
        ((0.0, 10.0, 20.0), "spend", None),
        ((39.0,), "tenure", "New: first bought on 9 February 2024"),
        ((-100.0,), "tenure", None),
    ],
)
def test_what_raises_a_risk_in_the_customers_own_numbers(bought: tuple[float, ...], group: str, text: str) -> None:
    assert _raising(_bought(*bought), group, on=40.0) == text


@pytest.mark.parametrize(
    ("bought", "group", "text"),
    [
        ((38.0,), "silence", "Bought last on 8 February 2024"),
        ((0.0,), "silence", None),
        ((0.0, 18.0, 36.0), "silence", "Bought last on 6 February 2024"),
        ((0.0, 18.0), "rhythm", "2 purchases, 18 days apart"),
        ((0.0, 7.0, 14.0), "rhythm", "3 purchases, 7 days apart on average"),
        ((0.0, 0.0, 0.0), "rhythm", "3 purchases, less than a day apart on average"),
        ((0.0,), "spend", "Spent 1,234.50 EUR in 1 purchase"),
        ((0.0, 30.0), "spend", "Spent 2,469.00 EUR in 2 purchases"),
        ((39.0,), "tenure", None),
        ((-100.0,), "tenure", "Customer since 23 September 2023"),
    ],
)
def test_what_lowers_a_risk_in_the_customers_own_numbers(bought: tuple[float, ...], group: str, text: str) -> None:
    assert _lowering(_bought(*bought, amount=1234.5), group, on=40.0) == text


def test_spending_raises_a_risk_where_recent_purchases_are_smaller() -> None:
    shrunk = [*_bought(-400.0, -300.0, -200.0, amount=100.0), Fact(day(0), 9, PURCHASE, day(0), 20.0, 1)]
    text = "Recent purchases came to 41.15 EUR, earlier ones to more: 80.00 on average"

    assert _raising(shrunk, "spend", on=1.0) == text


def test_sentences_about_returns_and_contacts_name_the_latest_event() -> None:
    harmful = [Fact(day(0), 1, RETURN, day(0), 9.5, 1, harmful=True)]
    harmless = [Fact(day(0), 1, RETURN, day(0), 9.5, 1)]
    complaint = [Fact(day(0), 1, CONTACT, day(0), harmful=True)]
    solved = [*complaint, Fact(day(1), 2, CONTACT, day(1), settled=True)]

    assert _raising(harmful, "returns", 2) == "Sent back something defective or not as described on 1 January 2024"
    assert _raising(harmless, "returns", 2) == "1 return with 9.50 EUR refunded"
    assert _raising(complaint, "contacts", 2) == "A complaint of 1 January 2024 is unresolved"
    assert _raising(solved, "contacts", 2) == "2 support contacts, the latest on 2 January 2024"
    assert _lowering(solved, "contacts", 2) == "2 support contacts, the latest on 2 January 2024"
    assert _lowering(harmless, "returns", 2) is None


def test_sentences_about_judgements_point_the_way_of_the_judgement() -> None:
    glad = [Fact(day(0), 1, CONTACT, day(0), sentiment=1)]
    cross = [Fact(day(0), 1, CONTACT, day(0), sentiment=-2)]
    leaving = [Fact(day(0), 1, CONTACT, day(0), sentiment=1, leaving=True)]

    assert _raising(glad, "judgement", 2) is None
    mood = "Mood judged as {} on a scale from -2 to +2 by an agent, on 1 January 2024"
    assert _lowering(glad, "judgement", 2) == mood.format("+1")
    assert _raising(cross, "judgement", 2) == mood.format("-2")
    assert _lowering(cross, "judgement", 2) is None
    assert _raising(leaving, "judgement", 2) == "Judged likely to leave by an agent, on 1 January 2024"
    assert _lowering(leaving, "judgement", 2) is None


def test_a_judgement_names_who_gave_it() -> None:
    called = Fact(day(0), 1, CONTACT, day(0), sentiment=1)
    cross = [called, Fact(day(1), 2, JUDGEMENT, day(1), sentiment=-1, told=Told(by="store-12/jonas"))]
    leaving = [called, Fact(day(1), 2, JUDGEMENT, day(1), leaving=True, told=Told(by="maria.k", likely_to_leave=True))]

    mood = "Mood judged as -1 on a scale from -2 to +2 by store-12/jonas, on 2 January 2024"
    assert _raising(cross, "judgement", 2) == mood
    assert _raising(leaving, "judgement", 2) == "Judged likely to leave by maria.k, on 2 January 2024"


def test_a_long_name_is_cut() -> None:
    told = Told(by="x" * 128, likely_to_leave=True)
    judged = [Fact(day(0), 1, CONTACT, day(0)), Fact(day(1), 2, JUDGEMENT, day(1), leaving=True, told=told)]

    assert _raising(judged, "judgement", 2) == f"Judged likely to leave by {'x' * 31}…, on 2 January 2024"


def test_someone_who_never_bought_is_silent_since_the_first_contact() -> None:
    called = [Fact(day(0), 1, CONTACT, day(0))]

    assert _raising(called, "silence", 2) is None
    assert _raising(called, "silence", 40) == "No purchase since the first contact, on 1 January 2024"
    assert _raising(called, "rhythm", 40) == "Has not bought yet"


def test_one_is_singular_and_days_have_dates() -> None:
    assert [count_of(number, "day", "days") for number in (0, 1, 2)] == ["0 days", "1 day", "2 days"]
    assert [days_of(number * DAY_MS) for number in (0.2, 1.0, 1.6)] == ["less than a day", "1 day", "2 days"]
    assert [date_of(day(number)) for number in (0.0, 0.99, 31.0)] == [
        "1 January 2024",
        "1 January 2024",
        "1 February 2024",
    ]
