"""Which actions a customer may get: rules, limits of contacts, cooldowns, and the time of their rhythm."""

from collections.abc import Sequence
from dataclasses import dataclass

from customers.state import NEVER
from retention.catalogue.compiled import CompiledRule
from retention.catalogue.playbook import Contacts
from retention.decide.eligibility.situation import DecisionCase, Situation, situation_of
from retention.decide.eligibility.timing import begin_of, overdue_at
from retention.decide.memory.state import RetentionState
from retention.decide.policy_state import PolicyInForce
from schemas.moments import DAY_MS


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer for whom something may be done.

    Attributes:
        place: Index of the customer in the batch.
        case: The customer.
        rule: The rule that applies.
        begins: Instant from which on each allowed action makes sense, ms since 1970, by its index in rising order.
    """

    place: int
    case: DecisionCase
    rule: CompiledRule
    begins: dict[int, int]


def candidate_of(place: int, case: DecisionCase, policy: PolicyInForce) -> Candidate | None:
    """Return a customer with what the rules and limits allow; None if they allow no action.

    Args:
        place: Index of the customer in the batch.
        case: The customer, without a standing decision.
        policy: Playbook, and actions that are switched off.
    """
    playbook = policy.book.playbook
    if not may_be_contacted(case.state, case.now, playbook.contacts):
        return None
    rule = first_rule(situation_of(case, playbook.occasions), policy.book.rules)
    if rule is None:
        return None
    begins = _begins(case, rule, policy)
    return Candidate(place, case, rule, begins) if begins else None


def may_be_contacted(state: RetentionState, now: int, limits: Contacts) -> bool:
    """Return False for a customer who wishes no contact, is snoozed, or has had as many contacts as are allowed.

    Args:
        state: What deciding remembers of the customer.
        now: Instant, ms since 1970.
        limits: Number of contacts in how many days.
    """
    if state.no_contact or now < state.snoozed_until:
        return False
    contacts, most = state.contacts, limits.at_most
    return len(contacts) < most or now - contacts[-most] >= limits.within_days * DAY_MS


def first_rule(situation: Situation, rules: Sequence[CompiledRule]) -> CompiledRule | None:
    """Return the first rule that applies to a customer; None if there is none, or it allows nothing."""
    for rule in rules:
        if rule.condition.holds(situation):
            return rule if rule.actions else None
    return None


def _begins(case: DecisionCase, rule: CompiledRule, policy: PolicyInForce) -> dict[int, int]:
    """Return the actions that a customer may get, each with the instant from which on it makes sense."""
    book, last = policy.book, case.state.last_of_action
    begins: dict[int, int] = {}
    for index in rule.actions:
        if not policy.available[index]:
            continue
        before = last.get(book.names[index], NEVER)
        if before != NEVER and case.now - before < book.cooldowns_ms[index]:
            continue
        action = book.actions[index]
        overdue = overdue_at(case.customer, case.score.next_purchase, case.now) if action.timing == "rhythm" else 0
        begin = begin_of(action, case.now, overdue)
        if begin is not None:
            begins[index] = begin
    return begins
