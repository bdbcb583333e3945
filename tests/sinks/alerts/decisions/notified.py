"""A notifier's schedule without Kafka: decisions are told, placed, delivered and ended."""

from dataclasses import dataclass, field
from random import Random
from typing import Final

import msgspec

from retention.catalogue.compiled import CompiledPlaybook
from retention.decide.telling.capacity import CapacityPlan
from schemas.moments import DAY_MS, HOUR_MS, from_ms, to_ms
from schemas.records.alert import Alert
from sinks.alerts.decisions.delivery import Delivery
from sinks.alerts.decisions.schedule import Schedule
from tests.retention.decide.cases import action, book_of
from tests.sinks.records import NOON, alert_of_decision

NOW: Final = to_ms(NOON)
"""A Sunday's noon."""


def book(capacity: int = 2, quiet: tuple[str, ...] = ("saturday", "sunday"), offset: float = 5.5) -> CompiledPlaybook:
    """Two actions of equal capacity, and quiet days by a local time that is not UTC's."""
    actions = {name: action(capacity_per_day=capacity) for name in ("call", "remind")}
    return book_of(actions=actions, contacts={"quiet_days": quiet, "utc_offset_hours": offset})


def decided(name: str, begins: int, ends: int, what: str = "call", customer: str = "c1") -> Alert:
    moments = {"do_after": from_ms(begins), "due_by": from_ms(ends), "raised_at": from_ms(begins)}
    return alert_of_decision(name, customer, action=what, **moments)


def ended(told: Alert) -> Alert:
    return msgspec.structs.replace(told, state="cleared", ended_by="purchase")


@dataclass
class Notified:
    """A notifier without Kafka: a journal that outlives kills, and a target that notes what reaches it."""

    plan: CompiledPlaybook
    now: int = NOW
    journal: dict[str, Delivery] = field(default_factory=dict)
    told: list[tuple[int, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.schedule = Schedule(CapacityPlan(self.plan))

    def save(self) -> None:
        """Write what has changed."""
        for name, delivery in self.schedule.changes.items():
            if delivery is None:
                self.journal.pop(name, None)
            else:
                self.journal[name] = delivery
        self.schedule.changes.clear()

    def restart(self) -> None:
        """Go on from the journal alone."""
        self.schedule = Schedule(CapacityPlan(self.plan))
        self.schedule.restore(self.journal.values(), self.now)

    def take(self, *alerts: Alert) -> None:
        """Read records."""
        for one in alerts:
            self.schedule.add(one, self.now)
        self.save()

    def deliver(self, most: int = 3, fails_at: int | None = None, killed_at: int | None = None) -> bool:
        """One turn: the target is away at one of its deliveries, or a kill comes right after one."""
        due = self.schedule.start(self.schedule.due(self.now, most))
        self.save()
        for number, one in enumerate(due):
            if number == fails_at:
                self.schedule.put_back(due[number:], self.now)
                break
            assert self.schedule.is_in_time(one, self.now)
            self.told.append((self.now, one.alert.decision_id, one.alert.state))
            if number == killed_at:
                self.restart()
                return True
            self.schedule.succeed(one)
        self.save()
        return bool(due) and fails_at is None

    def settle(self) -> None:
        """Deliver all that is due."""
        while self.deliver():
            self.schedule.tidy(self.now)


def raisings(notified: Notified) -> list[tuple[int, str]]:
    return [(at, name) for at, name, state in notified.told if state == "raised"]


def lived(seed: int, plan: CompiledPlaybook) -> tuple[Notified, list[Alert], dict[str, int]]:
    """Play some weeks of decisions, ends, outages, kills, replays and forgettings; return when each one ended."""
    draw = Random(seed)  # noqa: S311 - a repeatable life
    notified, log, ends = Notified(plan), list[Alert](), dict[str, int]()
    for number in range(draw.randint(20, 120)):
        notified.now += draw.choice((0, 0, 1, HOUR_MS, 7 * HOUR_MS, DAY_MS, 3 * DAY_MS)) * draw.randint(0, 1)
        kind = draw.choice(("decide", "decide", "decide", "decide", "end", "replay", "kill", "tidy", "forget", "turn"))
        if kind == "decide":
            begins = notified.now + draw.choice((-2 * DAY_MS, 0, 0, 0, HOUR_MS, DAY_MS))
            ends_at = begins + draw.choice((HOUR_MS, DAY_MS, 4 * DAY_MS))
            told = decided(f"d{number}", begins, ends_at, draw.choice(("call", "remind")), f"c{number % 7}")
            log.append(told)
            notified.take(told)
        elif kind == "end" and log:
            told = draw.choice(log)
            if told.state == "raised" and told.decision_id not in ends:
                ends[told.decision_id] = notified.now
                log.append(ended(told))
                notified.take(ended(told))
        elif kind == "replay":
            notified.take(*log)
        elif kind == "kill":
            notified.restart()
        elif kind == "forget":
            customer = f"c{draw.randint(0, 6)}"
            for told in [one for one in log if one.customer_id == customer]:
                ends.setdefault(told.decision_id, notified.now)
            log = [one for one in log if one.customer_id != customer]
            notified.schedule.forget(customer, notified.now)
            notified.save()
        elif kind == "tidy":
            notified.schedule.tidy(notified.now)
            notified.save()
        notified.deliver(
            draw.randint(1, 3), draw.choice((None, None, 0, 1)), draw.choice((None, None, None, None, 0, 1))
        )
    return notified, log, ends
