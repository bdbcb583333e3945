"""Checks what people were told against the decisions of the log and the limits of the playbook."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bench.chaos.checks.consistency import ConsistencyCheck, none_of
from bench.chaos.receiver import Delivered
from retention.catalogue.playbook import NONE, Playbook
from schemas.moments import DAY_MS


class Decided(NamedTuple):
    """A decision of the log.

    Attributes:
        decision_id: Its id.
        customer_id: Of whom.
        decided_at: When, ms since 1970.
        action: Name of the action.
        held_out: True for a ghost decision.
    """

    decision_id: str
    customer_id: str
    decided_at: int
    action: str
    held_out: bool


def check_deliveries(
    delivered: Sequence[Delivered], decided: Iterable[Decided], playbook: Playbook
) -> Iterator[ConsistencyCheck]:
    """Compare what a target was sent with what was decided and what is allowed.

    A contact counts from the moment of its decision or later, so two that are nearer to each other than a cooldown or
    the limit of contacts allows have broken it.

    Args:
        delivered: All requests, in the order in which they came.
        decided: All decisions of the log.
        playbook: Its limits.
    """
    known = {one.decision_id: one for one in decided}
    first: dict[str, Delivered] = {}
    for one in delivered:
        if one.alert.state == "raised":
            first.setdefault(one.alert.decision_id, one)
    told = [known[name] for name in first if name in known]
    yield none_of("whatever is delivered was decided, for somebody not held out", len(first), _strange(first, known))
    yield none_of("every delivery has one key, and no other has it", len(delivered), _doubled(delivered))
    yield none_of("nothing is raised after its end was told", len(first), _raised_after_end(delivered))
    yield none_of("nothing is delivered before its time", len(first), _early(first.values()))
    yield none_of("no more is delivered in a day than can be done", len(first), _past_capacity(first, playbook))
    yield none_of("nobody is told of an action in its cooldown", len(told), _in_cooldown(told, playbook))
    yield none_of("nobody gets more contacts than are allowed", len(told), _too_many(told, playbook))


def _strange(first: Mapping[str, Delivered], known: Mapping[str, Decided]) -> Iterator[str]:
    for name, one in first.items():
        decision = known.get(name)
        if decision is None:
            yield f"{name} was never decided"
        elif decision.held_out or decision.action == NONE:
            yield f"{name} is a ghost, for {decision.action}"
        elif (decision.action, decision.customer_id) != (one.alert.action, one.alert.customer_id):
            yield f"{name} was {decision.action} for {decision.customer_id}, told {one.alert.action}"


def _doubled(delivered: Iterable[Delivered]) -> Iterator[str]:
    keys: dict[tuple[str, str], set[str]] = defaultdict(set)
    meant: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for one in delivered:
        what = (one.alert.decision_id, one.alert.state)
        keys[what].add(one.key)
        meant[one.key].add(what)
    yield from (f"{what} came with the keys {sorted(found)}" for what, found in keys.items() if len(found) > 1)
    yield from (f"key {key} stood for {sorted(found)}" for key, found in meant.items() if len(found) > 1)


def _raised_after_end(delivered: Iterable[Delivered]) -> Iterator[str]:
    ended: set[str] = set()
    for one in delivered:
        if one.alert.state == "cleared":
            ended.add(one.alert.decision_id)
        elif one.alert.decision_id in ended:
            yield f"{one.alert.decision_id} was raised at {one.at} after its end"


def _early(first: Iterable[Delivered]) -> Iterator[str]:
    for one in first:
        begins = one.alert.do_after
        if begins is None or one.at < begins.timestamp() * 1000 - 1:
            yield f"{one.alert.decision_id} came at {one.at}, before {begins}"


def _past_capacity(first: Mapping[str, Delivered], playbook: Playbook) -> Iterator[str]:
    offset = round(playbook.contacts.utc_offset_hours * DAY_MS / 24)
    done = Counter((one.alert.action, (one.at + offset) // DAY_MS) for one in first.values())
    for (action, day), number in done.items():
        if number > playbook.actions[action].capacity_per_day:
            yield f"{number} of {action} on day {day}"


def _in_cooldown(told: Iterable[Decided], playbook: Playbook) -> Iterator[str]:
    moments: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in told:
        moments[one.customer_id, one.action].append(one.decided_at)
    for (customer_id, action), decided in moments.items():
        cooldown = playbook.actions[action].cooldown_days * DAY_MS
        yield from _nearer(sorted(decided), 1, cooldown, f"{action} for {customer_id}")


def _too_many(told: Iterable[Decided], playbook: Playbook) -> Iterator[str]:
    limits = playbook.contacts
    moments: dict[str, list[int]] = defaultdict(list)
    for one in told:
        moments[one.customer_id].append(one.decided_at)
    for customer_id, decided in moments.items():
        yield from _nearer(sorted(decided), limits.at_most, limits.within_days * DAY_MS, f"contacts of {customer_id}")


def _nearer(moments: Sequence[int], apart: int, least: float, what: str) -> Iterator[str]:
    """Yield what lies nearer to that which is so many places before it than is allowed."""
    for before, after in zip(moments, moments[apart:], strict=False):
        if after - before < least:
            yield f"{what} at {before} and {after}"
