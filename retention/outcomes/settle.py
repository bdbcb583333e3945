"""Settle decisions: count what followed each of them within its horizon.

A decision is settled once, when the watermark has passed its horizon and the grace for late events, like a question; so
its outcome follows from the log alone. Everything within the horizon counts, whether or not the action caused it:
telling the two apart is what held-out customers are for.
"""

from dataclasses import dataclass
from typing import Final, get_args

import numpy as np

from retention.outcomes.columns import Flags, Integers, Vector
from schemas.records.decisions import ActionResult

RESULTS: Final = ("", *get_args(ActionResult))
"""Results of actions; empty where nothing was reported."""

TRIED: Final = [RESULTS.index(result) for result in ("done", "no_answer", "refused", "accepted")]
"""Results after which the cost was spent, whatever came of it."""


@dataclass(frozen=True, slots=True)
class OpenDecisions:
    """Decisions that wait for their outcome; all columns have the shape (decisions,).

    Attributes:
        customer: Number that identifies the customer.
        decided_at: Moment of the decision, ms since 1970.
        horizon_ms: Horizon of its action, ms.
        cost: Cost of carrying it out, reporting currency.
        result: What was reported of it last, as an index in ``RESULTS``; see ``last_results``.
    """

    customer: Integers
    decided_at: Integers
    horizon_ms: Integers
    cost: Vector
    result: Integers


@dataclass(frozen=True, slots=True)
class Turnover:
    """Purchases, or returns, in any order; all columns have the shape (events,).

    Attributes:
        customer: Number that identifies the customer.
        at: Moment, ms since 1970.
        amount: Amount paid, or refunded, reporting currency.
    """

    customer: Integers
    at: Integers
    amount: Vector


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Outcomes of decisions; all columns have the shape (decisions,).

    Attributes:
        bought: True if anything was bought within the horizon.
        purchases: Number of purchases within the horizon.
        margin: Margin on what was bought less what was refunded within the horizon, reporting currency.
        refunds: Refunds within the horizon, reporting currency.
        cost: Cost that was spent on the action, reporting currency; none where nobody tried.
        result: What was done, as an index in ``RESULTS``.
    """

    bought: Flags
    purchases: Integers
    margin: Vector
    refunds: Vector
    cost: Vector
    result: Integers


def is_settled(decided_at: Integers, horizon_ms: Integers, grace_ms: int, watermark: int) -> Flags:
    """Return which decisions can be settled, shape (decisions,).

    Args:
        decided_at: Moments of the decisions, ms since 1970.
        horizon_ms: Horizons of their actions, ms.
        grace_ms: Allowed lateness of events, ms.
        watermark: Time up to which every event is known, ms since 1970.
    """
    due: Flags = decided_at + horizon_ms + grace_ms <= watermark
    return due


def last_results(decisions: int, decision: Integers, at: Integers, result: Integers) -> Integers:
    """Return what was reported last of each decision, as an index in ``RESULTS``, shape (decisions,).

    Args:
        decisions: Number of decisions.
        decision: Index of the decision that each report is about, in any order, shape (reports,).
        at: Moments of the reports, ms since 1970; of two at one moment the greater index counts, shape (reports,).
        result: Results as indices in ``RESULTS``, shape (reports,).
    """
    order = np.lexsort((result, at))
    last = np.zeros(decisions, dtype=np.int64)
    last[decision[order]] = result[order]
    return last


def settle_outcomes(decisions: OpenDecisions, purchases: Turnover, returns: Turnover, margin_share: float) -> Outcomes:
    """Count what followed each decision, from just after it up to and including the end of its horizon.

    Args:
        decisions: Decisions whose horizon and grace have passed.
        purchases: Purchases, each once, of at least the customers and horizons of the decisions.
        returns: Returns, likewise.
        margin_share: Share of revenue that is margin.
    """
    number, revenue = _within_horizon(decisions, purchases)
    _, refunds = _within_horizon(decisions, returns)
    return Outcomes(
        bought=number > 0,
        purchases=number,
        margin=margin_share * (revenue - refunds),
        refunds=refunds,
        cost=np.where(np.isin(decisions.result, TRIED), decisions.cost, 0.0),
        result=decisions.result,
    )


def _within_horizon(decisions: OpenDecisions, turnover: Turnover) -> tuple[Integers, Vector]:
    """Return the number and the sum of each decision's events, by differences of running totals."""
    # A customer and a moment become one sortable integer; a moment is its rank, so that the product cannot overflow.
    ends = decisions.decided_at + decisions.horizon_ms
    moments, rank = np.unique(np.concatenate([turnover.at, decisions.decided_at, ends]), return_inverse=True)
    _, place = np.unique(np.concatenate([turnover.customer, decisions.customer]), return_inverse=True)
    events, number = len(turnover.at), len(ends)
    span = np.int64(len(moments) + 1)
    keys = place[:events] * span + rank[:events]
    order = np.argsort(keys, kind="stable")
    sums = np.concatenate([[0.0], np.cumsum(turnover.amount[order])])
    first = np.searchsorted(keys[order], place[events:] * span + rank[events : events + number], side="right")
    last = np.searchsorted(keys[order], place[events:] * span + rank[events + number :], side="right")
    return last - first, sums[last] - sums[first]
