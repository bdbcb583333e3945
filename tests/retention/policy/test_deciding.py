"""Deciding that is switched off: what stands is withdrawn, and contacts are remembered."""

from customers.advance import advance_all, receive
from customers.case import Case
from customers.state import NEVER, Customer
from retention.decide.memory.state import decode_retention
from retention.policy.deciding import WithdrawingPlanner
from schemas.moments import DAY_MS
from tests.customers.lives import POLICY, START, contact, purchase
from tests.retention.decide.cases import action, book_of
from tests.retention.decide.test_planner import Looks, planner_of, valued

BOOK = book_of(actions={"call": action(keeps=1.0, within_days=30.0)})


def _decided() -> Case:
    case = Case("somebody", Customer())
    receive(case.customer, purchase(START))
    advance_all([case], START, POLICY, valued, planner=planner_of(BOOK))
    assert [one.planned.decision is not None for one in case.result.scored] == [True]
    return case


def test_the_alert_of_a_standing_decision_is_cleared_at_the_next_score() -> None:
    case = Case("somebody", _decided().customer)
    receive(case.customer, contact(START + DAY_MS))

    advance_all([case], START + DAY_MS, POLICY, valued, planner=WithdrawingPlanner(Looks()))

    (notice,) = case.result.scored[0].planned.notices
    assert (notice.state, notice.ended_by) == ("cleared", "")
    state = decode_retention(case.customer.retention)
    assert (state.open, state.outcomes, state.last_seen.at) == (None, [], START)
    assert case.customer.retention_due == NEVER


def test_a_silent_customers_decision_is_withdrawn_when_its_time_is_over() -> None:
    case = Case("somebody", _decided().customer)
    case.customer.next_review = NEVER

    advance_all([case], START + 400 * DAY_MS, POLICY, valued, planner=WithdrawingPlanner(Looks()))

    (passed,) = case.result.passed
    assert passed.now == START + 30 * DAY_MS
    assert [notice.state for notice in passed.planned.notices] == ["cleared"]
