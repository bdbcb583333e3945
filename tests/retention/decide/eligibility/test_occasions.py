"""Occasions: when a customer is thanked, and who is asked for a recommendation."""

from typing import Any

import pytest

from customers.state import Customer
from retention.catalogue.playbook import Playbook
from retention.catalogue.vocabulary import OCCASIONS
from retention.decide.eligibility.occasions import occasions_of
from schemas.moments import DAY_MS
from schemas.records.score import Score
from tests.retention.decide.cases import NOW, action, customer_of, rule, score_of

_PLAYBOOK = Playbook.model_validate({"actions": {"call": action()}, "rules": [rule()]})
_AGO = NOW - 400 * DAY_MS


def _bought(days_ago: int, **fields: Any) -> Customer:  # noqa: ANN401 - any field
    last = NOW - days_ago * DAY_MS
    return customer_of(last_purchase=last, first_purchase=last - 90 * DAY_MS, **fields)


def _occasions(customer: Customer, score: Score | None = None) -> set[str]:
    score = score or score_of(life_cycle="slipping", risk=0.8)
    bits = occasions_of(customer, score, NOW, _PLAYBOOK.occasions)
    return {word for word in OCCASIONS.words if bits & OCCASIONS.bits(word)}


def test_the_tenth_order_is_an_occasion_for_a_week() -> None:
    assert _occasions(_bought(7, purchases=10)) == {"tenth_order"}
    assert _occasions(_bought(8, purchases=10)) == set()
    assert _occasions(_bought(0, purchases=11)) == set()


@pytest.mark.parametrize(
    ("days", "expected"), [(364, set()), (365, {"first_year"}), (372, {"first_year"}), (373, set())]
)
def test_the_first_year_is_an_occasion_for_a_week(days: int, expected: set[str]) -> None:
    assert _occasions(customer_of(first_purchase=NOW - days * DAY_MS)) == expected


def test_who_came_back_has_an_occasion_when_they_bought() -> None:
    won_back = score_of(life_cycle="won_back")

    assert _occasions(_bought(1), won_back) == {"won_back"}
    assert _occasions(_bought(20), won_back) == set()


def test_the_first_purchase_after_a_resolved_complaint_is_an_occasion() -> None:
    helped = {"last_unresolved": NOW - 20 * DAY_MS, "last_resolved": NOW - 10 * DAY_MS}

    assert _occasions(_bought(1, gaps=[30 * DAY_MS], **helped)) == {"complaint_resolved"}
    assert _occasions(_bought(1, gaps=[5 * DAY_MS], **helped)) == set()  # the second one since
    assert _occasions(_bought(1, last_resolved=NOW - 10 * DAY_MS)) == set()  # nothing was unresolved
    assert _occasions(_bought(1, last_unresolved=NOW - 20 * DAY_MS)) == set()  # nothing was resolved


def test_an_advocate_is_loyal_content_and_had_no_trouble() -> None:
    loyal = score_of(life_cycle="growing", risk=0.1)

    assert _occasions(customer_of(purchases=5), loyal) == {"advocate"}
    assert _occasions(customer_of(purchases=5, last_unresolved=_AGO, last_resolved=_AGO), loyal) == {"advocate"}
    assert _occasions(customer_of(purchases=4), loyal) == set()
    assert _occasions(customer_of(purchases=5, sentiment=-1), loyal) == set()
    assert _occasions(customer_of(purchases=5, last_harmful_return=NOW - DAY_MS), loyal) == set()
    assert _occasions(customer_of(purchases=5, last_unresolved=NOW - DAY_MS), loyal) == set()
    assert _occasions(customer_of(purchases=5), score_of(life_cycle="growing", risk=0.4)) == set()
    assert _occasions(customer_of(purchases=5), score_of(life_cycle="slipping", risk=0.1)) == set()
