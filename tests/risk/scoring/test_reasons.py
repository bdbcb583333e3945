from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.facts import CONTACT, PURCHASE, RETURN, Fact
from customers.state import Customer
from risk.scoring.model import GROUPS
from risk.scoring.reasons import MAX_REASONS, count_of, days_of, reasons_of
from schemas.moments import DAY_MS
from tests.risk.histories import customer_of, day

_effects = st.lists(st.floats(-20.0, 20.0), min_size=len(GROUPS), max_size=len(GROUPS))


def _bought(*days: float, amount: float = 10.0) -> list[Fact]:
    return [Fact(day(number), index, PURCHASE, day(number), amount, 1) for index, number in enumerate(days)]


def _customers() -> list[Customer]:
    sent_back = Fact(day(5), 100, RETURN, day(5), 10.0, 1, harmful=True)
    called = Fact(day(6), 101, CONTACT, day(6), harmful=True, sentiment=-2, leaving=True)
    return [
        customer_of(facts)
        for facts in (
            _bought(0.0),
            _bought(0.0, 4.0),
            _bought(0.0, 0.0, 0.0),
            [called],
            [sent_back],
            [*_bought(0.0), sent_back, called],
        )
    ]


def _said(customer: Customer, group: str, on: float) -> str | None:
    parts = [1.0 if name == group else 0.0 for name in GROUPS]
    reasons = reasons_of(customer, parts, day(on), "EUR")
    return reasons[0].text if reasons else None


@given(st.sampled_from(_customers()), _effects, st.floats(6.0, 4000.0))
def test_there_are_at_most_three_reasons_that_point_one_way_the_strongest_first(
    customer: Customer, effects: list[float], on: float
) -> None:
    reasons = reasons_of(customer, effects, day(on), "EUR")

    strengths = [abs(reason.effect) for reason in reasons]
    assert len(reasons) <= MAX_REASONS
    assert strengths == sorted(strengths, reverse=True)
    assert len({reason.effect > 0 for reason in reasons}) <= 1
    assert len({reason.feature for reason in reasons}) == len(reasons)
    assert all(reason.text and "nan" not in reason.text for reason in reasons)


@given(_effects)
def test_only_groups_that_the_customer_has_speak(effects: list[float]) -> None:
    buyer = customer_of(_bought(0.0, 9.0))
    caller = customer_of([Fact(day(1), 1, CONTACT, day(1), settled=True)])

    assert {reason.feature for reason in reasons_of(buyer, effects, day(50), "EUR")} <= {
        "silence",
        "rhythm",
        "spend",
        "tenure",
    }
    assert {reason.feature for reason in reasons_of(caller, effects, day(50), "EUR")} <= {
        "silence",
        "rhythm",
        "contacts",
    }


def test_reasons_for_leaving_go_before_reasons_for_staying() -> None:
    parts = [-3.0 if name == "spend" else 0.1 if name == "silence" else 0.0 for name in GROUPS]

    reasons = reasons_of(customer_of(_bought(0.0)), parts, day(9), "EUR")

    assert [reason.feature for reason in reasons] == ["silence"]


def test_without_reasons_for_leaving_those_for_staying_are_given() -> None:
    parts = [-3.0 if name == "spend" else -0.2 if name == "silence" else 0.0 for name in GROUPS]

    reasons = reasons_of(customer_of(_bought(0.0)), parts, day(9), "EUR")

    assert [(reason.feature, reason.effect) for reason in reasons] == [("spend", -3.0), ("silence", -0.2)]


def test_effects_too_small_to_name_are_not_named() -> None:
    assert reasons_of(customer_of(_bought(0.0)), [0.01] * len(GROUPS), day(9), "EUR") == ()


@pytest.mark.parametrize(
    ("bought", "group", "text"),
    [
        ((0.0,), "silence", "No purchase for 40 days since the only one"),
        ((0.0, 10.0, 20.0), "silence", "No purchase for 20 days; the usual gap is 10 days"),
        ((0.0,), "rhythm", "Bought only once"),
        ((0.0, 1.0), "rhythm", "2 purchases, 1 day apart on average"),
        ((0.0, 0.0), "rhythm", "2 purchases, less than a day apart on average"),
        ((0.0,), "spend", "Spent 1,234.50 EUR in 1 purchase"),
        ((0.0, 30.0), "spend", "Spent 2,469.00 EUR in 2 purchases"),
        ((39.0,), "tenure", "Customer for 1 day"),
        ((0.0,), "tenure", "Customer for 40 days"),
    ],
)
def test_sentences_hold_the_customers_own_numbers(bought: tuple[float, ...], group: str, text: str) -> None:
    assert _said(customer_of(_bought(*bought, amount=1234.5)), group, on=40.0) == text


def test_reasons_of_returns_and_contacts_name_the_latest_event() -> None:
    harmful = customer_of([Fact(day(0), 1, RETURN, day(0), 9.5, 1, harmful=True)])
    harmless = customer_of([Fact(day(0), 1, RETURN, day(0), 9.5, 1)])
    complaint = customer_of([Fact(day(0), 1, CONTACT, day(0), harmful=True)])
    solved = customer_of(
        [Fact(day(0), 1, CONTACT, day(0), harmful=True), Fact(day(1), 2, CONTACT, day(1), settled=True)]
    )
    judged = customer_of([Fact(day(0), 1, CONTACT, day(0), sentiment=1)])
    leaving = customer_of([Fact(day(0), 1, CONTACT, day(0), leaving=True)])

    assert _said(harmful, "returns", 2) == "Sent back something defective or not as described 2 days ago"
    assert _said(harmless, "returns", 2) == "1 return with 9.50 EUR refunded"
    assert _said(complaint, "contacts", 2) == "A complaint has been unresolved for 2 days"
    assert _said(solved, "contacts", 2) == "2 support contacts, the latest 1 day ago"
    assert _said(judged, "judgement", 2) == "An agent judged the mood as +1 on a scale from -2 to +2, 2 days ago"
    assert _said(leaving, "judgement", 2) == "An agent expected the customer to leave, 2 days ago"


def test_one_is_singular() -> None:
    assert [count_of(number, "day", "days") for number in (0, 1, 2)] == ["0 days", "1 day", "2 days"]
    assert [days_of(number * DAY_MS) for number in (0.2, 1.0, 1.6)] == ["less than a day", "1 day", "2 days"]


def test_reasons_do_not_depend_on_how_events_of_one_day_are_ordered() -> None:
    facts = [*_bought(0.0, 1.0), Fact(day(2), 9, CONTACT, day(2), leaving=True)]
    parts = [1.0] * len(GROUPS)

    said = {reasons_of(customer_of(order), parts, day(30), "EUR") for order in permutations(facts)}

    assert len(said) == 1
