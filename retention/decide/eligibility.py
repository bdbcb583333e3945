"""Which actions each customer may get: rules, limits of contacts, cooldowns, and the time of their rhythm."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from customers.state import NEVER
from retention.catalogue.compiled import CompiledPlaybook, CompiledRule
from retention.catalogue.condition import Mask
from retention.decide.policy_state import PolicyInForce
from retention.decide.situation import DecisionCase, Situation
from retention.decide.timing import TimeWindow, overdue_at, window_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer for whom something may be done.

    Attributes:
        place: Index of the customer in the batch.
        case: The customer.
        rule: The rule that applies.
        windows: Time in which each allowed action is to be done, by its index.
    """

    place: int
    case: DecisionCase
    rule: CompiledRule
    windows: dict[int, TimeWindow]


def candidates_of(cases: Sequence[DecisionCase], situation: Situation, policy: PolicyInForce) -> list[Candidate]:
    """Return the customers for whom the rules and limits allow an action.

    Args:
        cases: The customers of the situation.
        situation: The same as columns.
        policy: Playbook, and actions that are switched off.
    """
    rules = policy.book.rules
    applies = first_rules(situation, policy.book)
    candidates: list[Candidate] = []
    for place in np.flatnonzero(applies >= 0).tolist():
        case, rule = cases[place], rules[applies[place]]
        windows = _windows(case, rule, policy)
        if windows:
            candidates.append(Candidate(place, case, rule, windows))
    return candidates


def first_rules(situation: Situation, book: CompiledPlaybook) -> NDArray[np.int64]:
    """Return the index of the first rule that applies to each customer, shape (customers,).

    It is -1 where none does, where the rule allows nothing, and for those who may not be decided for.
    """
    applies = np.full(len(situation.blocked), -1)
    open_still: Mask = ~situation.blocked
    for index, rule in enumerate(book.rules):
        found = open_still & rule.condition.holds(situation.columns)
        if rule.actions:
            applies[found] = index
        open_still &= ~found
    return applies


def _windows(case: DecisionCase, rule: CompiledRule, policy: PolicyInForce) -> dict[int, TimeWindow]:
    """Return the actions that a customer may get, each with the time in which it is to be done."""
    book, last = policy.book, case.state.last_of_action
    windows: dict[int, TimeWindow] = {}
    for index in rule.actions:
        if not policy.available[index]:
            continue
        before = last.get(book.names[index], NEVER)
        if before != NEVER and case.now - before < book.cooldowns_ms[index]:
            continue
        action = book.actions[index]
        overdue = overdue_at(case.customer, case.score.next_purchase, case.now) if action.timing == "rhythm" else 0
        window = window_of(action, case.now, overdue, book.quiet)
        if window is not None:
            windows[index] = window
    return windows
