"""Prefilter of rules: the actions that some rule may allow a customer, from what costs next to nothing to look at.

Deciding for a batch has a fixed cost, and at most scores no rule can apply. So the conditions are evaluated beforehand
on the words of a customer's score alone, with numbers as unknown, in the three-valued logic of Kleene; the result for
a combination of words is kept. It errs on one side: nobody is left out for whom a rule applies.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from customers.features.features import has_open_complaint
from customers.reviews.looks import Looked
from customers.state import NEVER, Customer
from retention.catalogue.compiled import CompiledPlaybook
from retention.catalogue.condition import AnyOf, Condition, Flag, Joined, Not
from retention.catalogue.vocabulary import LIFE_CYCLES, OCCASIONS, SEGMENTS, VALUE_TIERS
from retention.decide.state import RetentionState
from schemas.moments import DAY_MS

_SEGMENT: Final = {word: SEGMENTS.bits(word) for word in SEGMENTS.words}
_LIFE_CYCLE: Final = {word: LIFE_CYCLES.bits(word) for word in LIFE_CYCLES.words}
_VALUE_TIER: Final = {word: VALUE_TIERS.bits(word) for word in VALUE_TIERS.words}
_TENTH, _FIRST_YEAR, _WON_BACK, _RESOLVED, _ADVOCATE = (
    OCCASIONS.bits(word) for word in ("tenth_order", "first_year", "won_back", "complaint_resolved", "advocate")
)
_LOYAL: Final = frozenset({"growing", "steady"})
_YEAR_MS: Final = 365 * DAY_MS
_TENTH_ORDER: Final = 10


class _Words(NamedTuple):
    """Words of a customer at a score, as bits; of the occasions, those that are possible."""

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
    _cooldowns: list[float] = field(init=False)
    _found: dict[_Words, tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take the cooldowns as plain numbers."""
        self._cooldowns = self.book.cooldowns_ms.tolist()

    def possible(self, one: Looked) -> tuple[int, ...]:
        """Return the indices of the actions that some rule may allow a customer at a score."""
        score = one.score
        words = _Words(
            _SEGMENT[score.segment],
            _LIFE_CYCLE.get(score.life_cycle, 0),
            _VALUE_TIER.get(score.value_tier, 0),
            self._occasions(one),
            has_open_complaint(one.heard),
        )
        found = self._found.get(words)
        if found is None:
            found = self._found[words] = self._actions_for(words)
        return found

    def are_open(self, actions: tuple[int, ...], state: RetentionState, now: int) -> bool:
        """Return True if contacts are not used up, and one of these actions at least is not in its cooldown.

        Args:
            actions: Indices of actions.
            state: What deciding remembers of the customer.
            now: Instant, ms since 1970.
        """
        limits, contacts = self.book.playbook.contacts, state.contacts
        if state.no_contact or now < state.snoozed_until:
            return False
        if len(contacts) >= limits.at_most and now - contacts[-limits.at_most] < limits.within_days * DAY_MS:
            return False
        last = state.last_of_action
        for index in actions:  # a loop costs half as much as any()
            before = last.get(self.book.names[index], NEVER)
            if before == NEVER or now - before >= self._cooldowns[index]:
                return True
        return False

    def _occasions(self, one: Looked) -> int:
        """Return the occasions that are possible (see ``retention.decide.occasions``)."""
        customer, now, settings = one.heard, one.customer.clock, self.book.playbook.occasions
        lasts, life_cycle, found = settings.days * DAY_MS, one.score.life_cycle, 0
        if now - customer.last_purchase <= lasts:
            found = _TENTH if customer.purchases == _TENTH_ORDER else 0
            found |= _WON_BACK if life_cycle == "won_back" else 0
            found |= _RESOLVED if _was_helped(customer) else 0
        if customer.purchases > 1 and 0 <= now - customer.first_purchase - _YEAR_MS <= lasts:
            found |= _FIRST_YEAR
        if life_cycle in _LOYAL and customer.purchases >= settings.advocate_purchases:
            trouble = max(customer.last_unresolved, customer.last_harmful_return) >= now - _YEAR_MS
            found |= _ADVOCATE if one.score.risk <= settings.advocate_risk and not trouble else 0
        return found

    def _actions_for(self, words: _Words) -> tuple[int, ...]:
        possible: set[int] = set()
        for rule in self.book.rules:
            applies = _applies(rule.condition, words)
            if applies is not False:
                possible.update(rule.actions)
            if applies is True:
                break
        return tuple(sorted(possible))


def _was_helped(customer: Customer) -> bool:
    """Return True if the latest purchase is the first after a complaint was resolved."""
    last, resolved = customer.last_purchase, customer.last_resolved
    before = last - customer.gaps[-1] if customer.gaps else NEVER
    return NEVER < customer.last_unresolved <= resolved and before <= resolved < last


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
    if condition.name == "occasions":
        return None if words.occasions & condition.bits else False
    known: dict[str, int] = {
        "segment": words.segment,
        "life_cycle": words.life_cycle,
        "value_tier": words.value_tier,
    }
    return (known[condition.name] & condition.bits) != 0 if condition.name in known else None
