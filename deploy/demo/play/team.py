"""People of the simulated shop who carry out decisions, and whose deeds change what their customers do."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from deploy.simulator.draw import Event, stream, timestamp
from deploy.simulator.treatments.treated_shop import TreatedShop
from deploy.simulator.treatments.treatment import SimulatedAction, Treatment
from retention.catalogue.compiled import CompiledPlaybook
from retention.catalogue.playbook import NONE, Action
from retention.decide.telling.capacity import CapacityPlan
from schemas.moments import DAY_MS, to_ms
from schemas.records.decisions import RetentionDecision

DEEDS: Final[Mapping[str, SimulatedAction]] = {
    "call": "call",
    "fix_issue": "call",
    "offer_10": "offer_10",
    "remind": "remind",
    "thank_you": "thank_you",
}
"""Treatment of the shop that each action is; the others change nothing."""

_ON_THE_PHONE: Final = frozenset({"call", "fix_issue"})
_ANSWERS: Final = 0.85
"""Share of calls that somebody answers."""


@dataclass(slots=True)
class _Known:
    """A decision as the team knows it, and the true gain of what was done, in the reporting currency."""

    action: str
    decided_at: int
    held_out: bool
    fate: str = ""
    gain: float = 0.0


@dataclass(frozen=True, slots=True)
class ActionTruth:
    """Fate of the decisions for one action.

    Attributes:
        decided: Number of decisions, ghosts among them.
        held_out: Number of ghosts.
        done: Number of decisions that were carried out.
        not_reached: Number of decisions where nobody answered in their time.
        needless: Number of decisions that a purchase made needless before anybody acted.
        lapsed: Number of decisions beyond the capacity, or too late.
        true_gain: Mean of what acting truly brought, over the decisions that were not held out and whose horizon has
            passed, in margin and the reporting currency; None if there are none.
    """

    decided: int
    held_out: int
    done: int
    not_reached: int
    needless: int
    lapsed: int
    true_gain: float | None


class SimulatedTeam:
    """Carries out decisions within their time and the capacity of each day, and says so.

    It knows only what people would: decisions that are no ghosts, and who has bought since. The same decisions lead to
    the same deeds.
    """

    def __init__(self, shop: TreatedShop, book: CompiledPlaybook, margin_of: Callable[[float, str], float]) -> None:
        """Begin without decisions.

        Args:
            shop: Its customers are treated.
            book: Capacities, times and horizons of the actions.
            margin_of: Returns the margin, in the reporting currency, of an amount in another currency.
        """
        self._shop = shop
        self._book = book
        self._margin_of = margin_of
        self._plan = CapacityPlan(book)
        self._known: dict[str, _Known] = {}
        self._of_treatment: dict[Treatment, str] = {}
        self._to_do: list[tuple[int, str, int, RetentionDecision]] = []
        self._bought: dict[str, int] = {}
        self._counted = 0

    def take(self, decisions: Iterable[RetentionDecision]) -> None:
        """Take new decisions, in any order."""
        for one in sorted(decisions, key=lambda one: (one.decided_at, one.decision_id)):
            known = self._known[one.decision_id] = _Known(one.action, to_ms(one.decided_at), one.held_out)
            begins = self._plan.place(one)
            if begins is not None:
                heapq.heappush(self._to_do, (begins, one.decision_id, 0, one))
            elif not one.held_out and one.action != NONE:
                known.fate = "lapsed"

    def deeds(self, now: int) -> Iterator[Event]:
        """Do what is to be done by now, ms since 1970, and yield the events that say so."""
        while self._to_do and self._to_do[0][0] <= now:
            _, decision_id, tries, one = heapq.heappop(self._to_do)
            known = self._known[decision_id]
            if now > to_ms(one.due_by):
                known.fate = known.fate or "lapsed"
            elif self._is_needless(one):
                known.fate = known.fate or "needless"
            else:
                yield self._deed(one, known, now, tries)

    def note(self, event: Event, at: int) -> None:
        """Notice an event of a customer, at a moment in ms since 1970."""
        if event["type"] == "purchase":
            self._bought[str(event["customer_id"])] = at

    def _action(self, name: str) -> Action:
        return self._book.actions[self._book.names.index(name)]

    def _is_needless(self, one: RetentionDecision) -> bool:
        return self._action(one.action).purchase_ends and self._bought.get(one.customer_id, 0) > to_ms(one.decided_at)

    def _deed(self, one: RetentionDecision, known: _Known, now: int, tries: int) -> Event:
        draw = stream(0, "answers", one.decision_id, tries).random()
        reached = one.action not in _ON_THE_PHONE or draw < _ANSWERS
        if reached:
            known.fate = "done"
            self._treat(one, now)
        else:
            known.fate = "not_reached"
            heapq.heappush(self._to_do, (now + DAY_MS, one.decision_id, tries + 1, one))
        return {
            "type": "action_taken",
            "event_id": f"deed-{one.decision_id}-{tries}",
            "customer_id": one.customer_id,
            "occurred_at": timestamp(now / 1000),
            "decision_id": one.decision_id,
            "action": one.action,
            "by": one.team or "team",
            "result": "done" if reached else "no_answer",
        }

    def _treat(self, one: RetentionDecision, now: int) -> None:
        deed = DEEDS.get(one.action)
        if deed is not None:
            until = to_ms(one.decided_at) + self._action(one.action).horizon_days * DAY_MS
            treatment = Treatment(now / 1000, one.customer_id, deed, until / 1000)
            self._of_treatment[treatment] = one.decision_id
            self._shop.treat(treatment)

    def truth(self, until: int) -> dict[str, ActionTruth]:
        """Return what became of the decisions for each action, in the order of the playbook.

        Args:
            until: End of the played time, ms since 1970; what lies behind it does not count for the gain.
        """
        self._count_gains()
        by_action: defaultdict[str, list[_Known]] = defaultdict(list)
        for known in self._known.values():
            by_action[known.action].append(known)
        return {name: self._truth_of(name, by_action[name], until) for name in self._book.names if by_action[name]}

    def _count_gains(self) -> None:
        for gain in self._shop.gains[self._counted :]:
            self._known[self._of_treatment[gain.treatment]].gain += self._margin_of(gain.amount, gain.currency)
        self._counted = len(self._shop.gains)

    def _truth_of(self, name: str, decisions: list[_Known], until: int) -> ActionTruth:
        horizon = self._action(name).horizon_days * DAY_MS
        over = [one.gain for one in decisions if not one.held_out and one.decided_at + horizon <= until]
        fates = Counter(one.fate for one in decisions)
        return ActionTruth(
            decided=len(decisions),
            held_out=sum(one.held_out for one in decisions),
            done=fates["done"],
            not_reached=fates["not_reached"],
            needless=fates["needless"],
            lapsed=fates["lapsed"],
            true_gain=sum(over) / len(over) if over else None,
        )
