"""News of a customer happened since the last decision or contact; nothing is older."""

import pytest

from customers.state import Customer
from retention.decide.memory.state import RetentionState, View
from retention.decide.telling.what_changed import what_changed
from schemas.moments import DAY_MS, HOUR_MS
from tests.retention.decide.cases import NOW, case_of, customer_of, score_of

_QUIET = {"last_purchase": NOW - 90 * DAY_MS, "first_purchase": NOW - 180 * DAY_MS}


def _changes(customer: Customer, state: RetentionState | None = None, offset_ms: int = 0) -> tuple[str, ...]:
    return what_changed(case_of(customer=customer, state=state), lambda moment: moment + offset_ms)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"last_unresolved": NOW - DAY_MS}, "A complaint has been unresolved since 3 October 2024"),
        ({"last_resolved": NOW - DAY_MS}, "A contact was resolved on 3 October 2024"),
        ({"last_return": NOW - DAY_MS, "returns": 1}, "First return, on 3 October 2024"),
        ({"last_return": NOW - DAY_MS, "returns": 3}, "Return number 3, on 3 October 2024"),
        ({"last_judged": NOW - DAY_MS, "leaving": True}, "Judged likely to leave on 3 October 2024"),
        (
            {"last_harmful_return": NOW - DAY_MS, "last_return": NOW - DAY_MS, "returns": 3},
            "Sent back something defective or not as described on 3 October 2024",
        ),
    ],
)
def test_what_happened_within_a_month_is_new_at_a_first_decision(fields: dict[str, int], sentence: str) -> None:
    assert _changes(customer_of(**_QUIET, **fields)) == (sentence,)


def test_what_happened_before_the_last_decision_is_not_new() -> None:
    customer = customer_of(**_QUIET, last_unresolved=NOW - 2 * DAY_MS)
    state = RetentionState(last_seen=View(NOW - DAY_MS, 0.8, "keep_at_all_costs"))

    assert _changes(customer, state) == ()


def test_what_happened_before_the_last_contact_is_not_new() -> None:
    customer = customer_of(**_QUIET, last_unresolved=NOW - 2 * DAY_MS)

    assert _changes(customer, RetentionState(contacts=[NOW - DAY_MS])) == ()


def test_the_contact_of_a_decision_that_may_still_be_carried_out_hides_nothing() -> None:
    customer = customer_of(**_QUIET, last_unresolved=NOW - 2 * DAY_MS)

    assert len(_changes(customer, RetentionState(contacts=[NOW + DAY_MS]))) == 1


def test_a_persons_note_is_named_with_who_wrote_it() -> None:
    state = RetentionState(judged_at=NOW - DAY_MS, judged_by="Ann", note="Second broken cup.")

    assert _changes(customer_of(**_QUIET), state) == ("Ann noted: Second broken cup.",)


def test_days_are_local() -> None:
    customer = customer_of(**_QUIET, last_resolved=NOW - HOUR_MS)

    assert _changes(customer, offset_ms=2 * HOUR_MS) == ("A contact was resolved on 4 October 2024",)


def test_a_purchase_and_a_fallen_risk_are_named() -> None:
    customer = customer_of(last_purchase=NOW - DAY_MS)
    state = RetentionState(last_seen=View(NOW - 5 * DAY_MS, 0.9, "keep_at_all_costs"))
    case = case_of(customer=customer, state=state, score=score_of(risk=0.3))

    assert what_changed(case, lambda moment: moment) == ("The risk fell from 90% to 30%", "Bought on 3 October 2024")
