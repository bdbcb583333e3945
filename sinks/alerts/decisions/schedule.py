"""Schedule of decisions' deliveries: placed within capacity and time, each raising and each end delivered once.

Time is an argument, in ms since 1970. What the schedule says follows from the records and instants that it was given;
what it was given before a restart follows from the journal.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import Final, Literal, Protocol

import msgspec

from schemas.moments import from_ms, to_ms
from schemas.records.alert import Alert
from sinks.alerts.decisions.delivery import Delivery

LapsedBy = Literal["capacity", "time", "past", "ended"]
"""Why a decision is not delivered: no capacity within its time; its time passed while it waited for a target; it had
passed when the decision was read; the decision ended before it was delivered."""

_TO_RAISE: Final = frozenset({"waiting", "started"})


class Capacity(Protocol):
    """Units of capacity by action and local day; quiet days have none."""

    def local_ms(self, moment: int) -> int:
        """Return the local time, whose days have the capacity, of an instant, both in ms since 1970."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the actions."""

    def place_within(self, action: str, begins: int, ends: int) -> int | None:
        """Take a unit on the first day that has one, and return the instant from which on it is meant; None if none."""

    def use(self, action: str, moment: int) -> None:
        """Take a unit on the day of an instant, whether it has one or not."""

    def release(self, action: str, moment: int) -> None:
        """Give back a unit of the day of an instant."""

    def day_of(self, moment: int) -> int:
        """Return the local day of an instant, days since 1970."""

    def forget_before(self, moment: int) -> None:
        """Forget the days before that of an instant."""


class Schedule:
    """Keeps every decision that may have to be delivered, and says which is due.

    Attributes:
        changes: What is not in the journal yet, by decision: its delivery, or None if it is needed no more.
        waiting: Number of decisions that wait for their raising, by action.
        lapsed: Number of decisions that are not delivered, by action and cause.
    """

    def __init__(self, capacity: Capacity) -> None:
        """Start without any.

        Args:
            capacity: Of a schedule of its own; placed in the order of the calls.
        """
        self._capacity = capacity
        self._deliveries: dict[str, Delivery] = {}
        self._order: list[tuple[int, int, str]] = []
        self._number = 0
        self.changes: dict[str, Delivery | None] = {}
        self.waiting: Counter[str] = Counter()
        self.lapsed: Counter[tuple[str, LapsedBy]] = Counter()

    def restore(self, deliveries: Iterable[Delivery], now: int) -> None:
        """Go on from a journal; what waits keeps its place, unless a changed playbook leaves it none."""
        self._capacity.forget_before(now)
        kept = sorted(deliveries, key=lambda one: (one.deliver_at, one.alert.decision_id))
        today = self._capacity.day_of(now)
        for one in kept:
            used = one.uses_capacity and one.state not in _TO_RAISE
            if used and self._capacity.day_of(to_ms(one.deliver_at)) >= today:
                self._capacity.use(one.alert.action, to_ms(one.deliver_at))
        for one in kept:
            if one.state in _TO_RAISE and self._capacity.day_of(to_ms(one.deliver_at)) >= today:
                self._place(one, to_ms(one.deliver_at))
            else:
                self._keep(one)
                self._push(one, to_ms(one.deliver_at))
        unchanged = {one.alert.decision_id: one for one in kept}
        self.changes = {name: one for name, one in self.changes.items() if one != unchanged.get(name)}

    def add(self, alert: Alert, now: int) -> None:
        """Take a record of a decision's alert, in the order of the topic; one that was taken before changes nothing.

        Args:
            alert: Raised or cleared.
            now: Instant, ms since 1970.
        """
        known = self._deliveries.get(alert.decision_id)
        if alert.state == "cleared":
            if known is not None:
                self._end(known, alert, now)
        elif known is None and alert.due_by is not None and alert.do_after is not None:
            if now >= to_ms(alert.due_by):
                self.lapsed[alert.action, "past"] += 1
                return
            new = Delivery(alert=alert, state="waiting", deliver_at=alert.do_after, due_by=alert.due_by)
            self._place(new, max(to_ms(alert.do_after), now))

    def forget(self, customer_id: str, now: int) -> None:
        """Forget a customer: what waits is dropped, and what was delivered is ended."""
        for one in [one for one in self._deliveries.values() if one.alert.customer_id == customer_id]:
            if one.state == "waiting":
                self._change(self._given_back(_nameless(one)), "over")
            elif one.state == "over":
                self._keep(_nameless(one))
            elif one.state == "ending":
                self._keep(msgspec.structs.replace(one, forgotten=True))
            else:
                ended = msgspec.structs.replace(one.alert, state="cleared", changed_at=from_ms(now))
                self._end(msgspec.structs.replace(one, forgotten=True), ended, now)

    def due(self, now: int, most: int) -> list[Delivery]:
        """Return what is to be delivered now, the earliest first; each must be given back by a call that follows.

        Args:
            now: Instant, ms since 1970.
            most: Limit of their number.
        """
        found: list[Delivery] = []
        while len(found) < most and self._order and self._order[0][0] <= now:
            _, _, name = heappop(self._order)
            one = self._deliveries.get(name)
            if one is None or not one.is_to_deliver or one in found:
                continue
            if self.is_in_time(one, now):
                found.append(one)
            else:
                self._place_anew(one, now)
        return found

    def is_in_time(self, one: Delivery, now: int) -> bool:
        """Return True if a delivery may begin: an end always, a raising before its end and on its day."""
        if one.state == "ending":
            return True
        same_day = self._capacity.day_of(to_ms(one.deliver_at)) == self._capacity.day_of(now)
        return now < to_ms(one.due_by) and same_day

    def start(self, deliveries: Iterable[Delivery]) -> list[Delivery]:
        """Note that deliveries may reach a target from now on, and return them so."""
        return [self._change(one, "started") if one.state == "waiting" else one for one in deliveries]

    def succeed(self, delivery: Delivery) -> None:
        """Note that all targets have taken, or refused for good, what was due."""
        if delivery.state != "ending":
            self._change(delivery, "delivered")
        else:
            self._change(_nameless(delivery) if delivery.forgotten else delivery, "over")

    def put_back(self, deliveries: Iterable[Delivery], now: int) -> None:
        """Let deliveries that no target took be due again."""
        for one in deliveries:
            self._push(one, now)

    def overdue(self, now: int) -> int:
        """Return how many deliveries wait although their time has come."""
        moment = from_ms(now)
        return sum(one.is_to_deliver and one.deliver_at <= moment for one in self._deliveries.values())

    def tidy(self, now: int) -> None:
        """Drop what is needed no more."""
        moment = from_ms(now)
        for name in [name for name, one in self._deliveries.items() if not one.is_kept(moment)]:
            del self._deliveries[name]
            self.changes[name] = None
        self._capacity.forget_before(now)

    def __iter__(self) -> Iterator[Delivery]:
        """Iterate over all that is kept."""
        return iter(self._deliveries.values())

    def _place(self, one: Delivery, begins: int) -> None:
        """Take a unit of capacity from an instant on; without any the decision lapses."""
        at = self._capacity.place_within(one.alert.action, begins, to_ms(one.due_by))
        if at is None:
            used = one.uses_capacity and one.state == "started"
            self._lapse(msgspec.structs.replace(one, uses_capacity=used), "capacity")
            return
        self._keep(msgspec.structs.replace(one, deliver_at=from_ms(at)))
        self._push(one, at)

    def _place_anew(self, one: Delivery, now: int) -> None:
        """Give a raising that waited into another day a unit of that; let it lapse where its time is over."""
        if now < to_ms(one.due_by):
            self._place(one, now)
        else:
            self._lapse(self._given_back(one), "time")

    def _end(self, known: Delivery, cleared: Alert, now: int) -> None:
        fields = ("state", "changed_at", "ended_by", "risk", "value_at_risk", "segment", "reasons")
        told = {name: getattr(cleared, name) for name in fields}
        one = msgspec.structs.replace(known, alert=msgspec.structs.replace(known.alert, **told))
        if known.state == "waiting":
            self._lapse(self._given_back(one), "ended")
        elif known.state in ("started", "delivered"):
            if to_ms(one.deliver_at) > now:  # it was put off, and is not done on that day now
                self._capacity.release(one.alert.action, to_ms(one.deliver_at))
                one = msgspec.structs.replace(one, deliver_at=from_ms(now), uses_capacity=False)
            self._keep(msgspec.structs.replace(one, state="ending"))
            self._push(one, now)

    def _lapse(self, one: Delivery, by: LapsedBy) -> None:
        """Deliver it no more; but where a target may have it already, it is told of the end."""
        self.lapsed[one.alert.action, by] += 1
        self._change(one, "delivered" if one.state == "started" else "over")

    def _given_back(self, one: Delivery) -> Delivery:
        """Give back the unit of a decision, unless a target may have it already."""
        if one.state != "waiting" or not one.uses_capacity:
            return one
        self._capacity.release(one.alert.action, to_ms(one.deliver_at))
        return msgspec.structs.replace(one, uses_capacity=False)

    def _change(self, one: Delivery, state: Literal["started", "delivered", "over"]) -> Delivery:
        alert = one.alert if state != "over" else msgspec.structs.replace(one.alert, reasons=(), what_changed=())
        changed = msgspec.structs.replace(one, alert=alert, state=state)
        self._keep(changed)
        return changed

    def _keep(self, one: Delivery) -> None:
        name = one.alert.decision_id
        before = self._deliveries.get(name)
        if before is not None and before.state in _TO_RAISE:
            self.waiting[before.alert.action] -= 1
        if one.state in _TO_RAISE:
            self.waiting[one.alert.action] += 1
        self._deliveries[name] = self.changes[name] = one

    def _push(self, one: Delivery, at: int) -> None:
        self._number += 1
        heappush(self._order, (at, self._number, one.alert.decision_id))


def _nameless(one: Delivery) -> Delivery:
    """Return a delivery of which nothing says whose it was; it may still use capacity."""
    alert = msgspec.structs.replace(one.alert, customer_id="", reasons=(), what_changed=(), risk=0.0, value_at_risk=0.0)
    return msgspec.structs.replace(one, alert=alert)
