"""Prefilter of rules: the actions that some rule may allow a customer, from what costs next to nothing to look at.

Deciding for a batch has a fixed cost, and at most scores no rule can apply. So the conditions are evaluated beforehand
on the words of a customer's score alone, with numbers as unknown, in the three-valued logic of Kleene; the result for
a combination of words is kept. It errs on one side: nobody is left out for whom a rule applies.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from customers.features.features import has_open_complaint
from customers.reviews.looks import Looked
from customers.state import NEVER
from retention.catalogue.compiled import CompiledPlaybook
from retention.catalogue.condition import AnyOf, Condition, Flag, Joined, Not
from retention.decide.eligibility.candidates import may_be_contacted
from retention.decide.eligibility.occasions import occasions_of
from retention.decide.eligibility.situation import LIFE_CYCLE_BITS, SEGMENT_BITS, VALUE_TIER_BITS
from retention.decide.memory.state import RetentionState


class _Words(NamedTuple):
    """Words of a customer at a score, as bits."""

    segment: int
    life_cycle: int
    value_tier: int
    occasions: int
    complaint_open: bool


@dataclass(slots=True)
class Prefilter:
    """Finds the actions that some rule of a playbook may allow.

    Attributes:
        book: The playbook.
    """

    book: CompiledPlaybook
    _found: dict[tuple[int, ...], tuple[int, ...]] = field(default_factory=dict)

    def possible(self, one: Looked) -> tuple[int, ...]:
        """Return the indices of the actions that some rule may allow a customer at a score."""
        score = one.score
        words = (
            SEGMENT_BITS[score.segment],
            LIFE_CYCLE_BITS.get(score.life_cycle, 0),
            VALUE_TIER_BITS.get(score.value_tier, 0),
            occasions_of(one.heard, score, one.customer.clock, self.book.playbook.occasions),
            has_open_complaint(one.heard),
        )
        found = self._found.get(words)
        if found is None:
            found = self._found[words] = self._actions_for(_Words(*words))
        return found

    def are_open(self, actions: tuple[int, ...], state: RetentionState, now: int) -> bool:
        """Return True if the customer may be contacted, and one of these actions at least is not in its cooldown.

        Args:
            actions: Indices of actions.
            state: What deciding remembers of the customer.
            now: Instant, ms since 1970.
        """
        if not may_be_contacted(state, now, self.book.playbook.contacts):
            return False
        names, cooldowns, last = self.book.names, self.book.cooldowns_ms, state.last_of_action
        for index in actions:  # a loop costs half as much as any()
            before = last.get(names[index], NEVER)
            if before == NEVER or now - before >= cooldowns[index]:
                return True
        return False

    def _actions_for(self, words: _Words) -> tuple[int, ...]:
        possible: set[int] = set()
        for rule in self.book.rules:
            applies = _applies(rule.condition, words)
            if applies is not False:
                possible.update(rule.actions)
            if applies is True:
                break
        return tuple(sorted(possible))


def _applies(condition: Condition, words: _Words) -> bool | None:
    """Return True or False where the words decide whether a condition holds, None where they do not."""
    if isinstance(condition, AnyOf):
        return _any_of(condition, words)
    if isinstance(condition, Flag):
        return (
            words.complaint_open if condition.name == "complaint_open" else True if condition.name == "always" else None
        )
    if isinstance(condition, Not):
        part = _applies(condition.part, words)
        return None if part is None else not part
    if isinstance(condition, Joined):
        parts = [_applies(part, words) for part in condition.parts]
        decisive = condition.word == "or"
        if decisive in parts:
            return decisive
        return None if None in parts else not decisive
    return None


def _any_of(condition: AnyOf, words: _Words) -> bool | None:
    known: dict[str, int] = {
        "segment": words.segment,
        "life_cycle": words.life_cycle,
        "value_tier": words.value_tier,
        "occasions": words.occasions,
    }
    return (known[condition.name] & condition.bits) != 0 if condition.name in known else None
