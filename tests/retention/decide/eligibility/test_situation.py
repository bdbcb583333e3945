"""Conditions see of a customer what the state and the score say."""

import pytest
from hypothesis import given

from retention.catalogue.parse import parse_condition
from retention.catalogue.playbook import Playbook
from retention.catalogue.vocabulary import COLUMNS
from retention.decide.eligibility.candidates import may_be_contacted
from retention.decide.eligibility.situation import DecisionCase, situation_of
from retention.decide.memory.state import RetentionState
from schemas.moments import DAY_MS
from tests.retention.decide.cases import NOW, action, batches, case_of, customer_of, rule, score_of

_PLAYBOOK = Playbook.model_validate(
    {"contacts": {"at_most": 2, "within_days": 10.0}, "actions": {"call": action()}, "rules": [rule()]}
)


def _holds(text: str, case: DecisionCase) -> bool:
    return bool(parse_condition(text).holds(situation_of(case, _PLAYBOOK.occasions)))


@given(batches())
def test_every_name_that_a_condition_may_use_has_a_value(cases: list[DecisionCase]) -> None:
    for case in cases:
        assert situation_of(case, _PLAYBOOK.occasions).keys() == COLUMNS.keys()


@pytest.mark.parametrize(
    "text",
    [
        "risk = 0.8 and value_at_risk = 100 and yearly_margin = 150",
        "purchases = 4 and days_silent = 40 and gaps_silent > 1.33 and gaps_silent < 1.34",
        "segment is keep_at_all_costs and life_cycle is slipping and value_tier is high",
        "reasons has silence and not reasons has (returns, contacts)",
        "not complaint_open",
        "not judgement in (likely_to_leave, negative, neutral, positive)",
    ],
)
def test_a_customer_is_seen_as_the_state_and_the_score_say(text: str) -> None:
    assert _holds(text, case_of())


def test_who_bought_once_has_no_usual_gap() -> None:
    assert _holds("gaps_silent = 0", case_of(customer=customer_of(purchases=1, gaps=[])))


def test_who_never_bought_is_in_no_stage_and_not_silent() -> None:
    case = case_of(
        customer=customer_of(purchases=0, gaps=[], first_purchase=0, last_purchase=0),
        score=score_of(life_cycle="", value_tier="", segment="let_be"),
    )

    assert _holds("days_silent = 0 and not value_tier in (high, middle, low)", case)


def test_a_complaint_is_open_until_a_later_contact_is_resolved() -> None:
    complained = {"last_unresolved": NOW - 2 * DAY_MS}

    assert _holds("complaint_open", case_of(customer=customer_of(**complained)))
    assert not _holds("complaint_open", case_of(customer=customer_of(**complained, last_resolved=NOW - DAY_MS)))


@pytest.mark.parametrize(
    ("sentiment", "leaving", "judgement"),
    [(2, True, "likely_to_leave"), (-1, False, "negative"), (0, False, "neutral"), (1, False, "positive")],
)
def test_a_judgement_counts_for_three_months(sentiment: int, leaving: bool, judgement: str) -> None:
    judged = {"sentiment": sentiment, "leaving": leaving}

    assert _holds(f"judgement is {judgement}", case_of(customer=customer_of(**judged, last_judged=NOW - 89 * DAY_MS)))
    assert not _holds(
        f"judgement is {judgement}", case_of(customer=customer_of(**judged, last_judged=NOW - 90 * DAY_MS))
    )


@pytest.mark.parametrize(
    ("days_ago", "blocked"), [([5], False), ([5, 9], True), ([5, 10], False), ([1, 12, 13], False), ([0, 1, 20], True)]
)
def test_who_had_enough_contacts_within_the_days_is_left_alone(days_ago: list[int], blocked: bool) -> None:
    state = RetentionState(contacts=sorted(NOW - ago * DAY_MS for ago in days_ago))

    assert may_be_contacted(state, NOW, _PLAYBOOK.contacts) != blocked
