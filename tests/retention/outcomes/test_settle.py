"""Outcomes of decisions."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retention.outcomes.settle import RESULTS, OpenDecisions, Turnover, is_settled, last_results, settle_outcomes

EVENTS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60), st.integers(1, 9)), max_size=25)
DECISIONS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60), st.integers(1, 30)), min_size=1, max_size=8)


def _turnover(events: list[tuple[int, int, int]]) -> Turnover:
    customer, at, amount = np.array(events, dtype=np.int64).reshape(-1, 3).T
    return Turnover(customer, at, amount.astype(np.float64))


def _decisions(decisions: list[tuple[int, int, int]]) -> OpenDecisions:
    customer, at, horizon = np.array(decisions, dtype=np.int64).T
    return OpenDecisions(customer, at, horizon, np.full(len(at), 3.0), at % len(RESULTS))


@given(EVENTS, EVENTS, DECISIONS)
def test_an_outcome_counts_what_one_by_one_counting_counts(
    bought: list[tuple[int, int, int]],
    sent_back: list[tuple[int, int, int]],
    decided: list[tuple[int, int, int]],
) -> None:
    outcomes = settle_outcomes(_decisions(decided), _turnover(bought), _turnover(sent_back), 0.5)

    for row, (customer, at, horizon) in enumerate(decided):
        paid = [amount for who, when, amount in bought if who == customer and at < when <= at + horizon]
        refunds = sum(amount for who, when, amount in sent_back if who == customer and at < when <= at + horizon)
        assert outcomes.purchases[row] == len(paid)
        assert outcomes.bought[row] == bool(paid)
        assert outcomes.refunds[row] == refunds
        assert outcomes.margin[row] == 0.5 * (sum(paid) - refunds)
        result = RESULTS[at % len(RESULTS)]
        assert outcomes.cost[row] == (3.0 if result in {"done", "no_answer", "refused", "accepted"} else 0.0)


@given(EVENTS, DECISIONS, st.randoms())
def test_the_order_of_events_does_not_matter(
    bought: list[tuple[int, int, int]], decided: list[tuple[int, int, int]], random: st.DataObject
) -> None:
    mixed = sorted(bought, key=lambda _: random.random())  # type: ignore[attr-defined]

    one = settle_outcomes(_decisions(decided), _turnover(bought), _turnover([]), 0.3)
    other = settle_outcomes(_decisions(decided), _turnover(mixed), _turnover([]), 0.3)

    assert np.array_equal(one.margin, other.margin)
    assert np.array_equal(one.purchases, other.purchases)


def test_a_decision_is_settled_once_its_horizon_and_the_grace_have_passed() -> None:
    decided_at, horizon = np.array([0, 0, 5]), np.array([10, 11, 10])

    assert is_settled(decided_at, horizon, 2, 12).tolist() == [True, False, False]


@given(st.permutations(range(4)))
def test_the_last_report_counts_whatever_the_order_in_which_reports_are_read(order: list[int]) -> None:
    decision, at, result = np.array([0, 2, 0, 2]), np.array([5, 9, 7, 8]), np.array([1, 2, 3, 4])

    assert last_results(3, decision[order], at[order], result[order]).tolist() == [3, 0, 2]
