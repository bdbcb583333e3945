"""Processor time of deciding for the customers of a batch, by the share of them for whom a decision is raised."""

from random import Random
from time import process_time
from typing import Final

from customers.state import Customer
from retention.catalogue.compiled import compile_playbook
from retention.decide.decide import decide
from retention.decide.eligibility.situation import DecisionCase
from retention.decide.memory.state import RetentionState
from retention.decide.policy_state import policy_in_force
from schemas.moments import DAY_MS
from schemas.records.score import ReasonInWords, Score
from streams.retention_file import load_playbook

_TOGETHER: Final = 256
"""Customers that the worker advances and scores at once."""

_BATCHES: Final = 300
_ROUNDS: Final = 3
_NOW: Final = 20_000 * DAY_MS
_GAP: Final = 30 * DAY_MS
_REASONS: Final = (ReasonInWords("silence", 0.3, "No purchase"), ReasonInWords("rhythm", 0.2, "Seldom"))


def deciding_times(hot_shares: tuple[float, ...] = (0.0, 0.02, 0.05, 0.1)) -> list[tuple[float, float]]:
    """Return pairs of the share of customers decided for and the processor time of a customer, microseconds.

    Args:
        hot_shares: Shares of customers to keep at all costs; a few others have an occasion.
    """
    policy = policy_in_force(compile_playbook(load_playbook()))
    times: list[tuple[float, float]] = []
    for share in hot_shares:
        best, raised = float("inf"), 0
        for seed in range(_ROUNDS):
            batches = _batches(Random(seed), share)
            began = process_time()
            raised = sum(len(decide(batch, policy).raised) for batch in batches)
            best = min(best, process_time() - began)
        number = _BATCHES * _TOGETHER
        times.append((raised / number, best / number * 1e6))
    return times


def _batches(draw: Random, hot_share: float) -> list[list[DecisionCase]]:
    return [[_case(f"c-{batch}-{index}", draw, hot_share) for index in range(_TOGETHER)] for batch in range(_BATCHES)]


def _case(customer_id: str, draw: Random, hot_share: float) -> DecisionCase:
    number, last, hot = draw.randint(1, 12), _NOW - draw.randint(0, 100) * DAY_MS, draw.random() < hot_share
    first = last - (number - 1) * _GAP
    customer = Customer(
        first_seen=first,
        first_purchase=first,
        last_purchase=last,
        gaps=[_GAP] * min(number - 1, 7),
        purchases=number,
        spend=30.0 * number,
    )
    score = Score(
        risk=draw.random(),
        reasons=_REASONS,
        value_at_risk=200.0 * draw.random(),
        segment="keep_at_all_costs" if hot else "let_be",
        model_version="rule-1",
        life_cycle="steady",
        value_tier="high" if hot else "low",
        yearly_margin=100.0,
    )
    return DecisionCase(customer_id, customer, _NOW, score, RetentionState())
