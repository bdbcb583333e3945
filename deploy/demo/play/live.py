"""Live events of the demo's shop: published when they are due, with the shop's clock shown."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from deploy.demo.play.sources import DemoSource, encode_event
from deploy.demo.processes.outages import Report
from deploy.demo.processes.supervisor import Supervisor
from deploy.simulator import LiveShop
from deploy.simulator.draw import Event
from runtime.service.signals import Interrupts
from schemas.errors import ServerUnreachableError
from schemas.settings.connections import KafkaSettings
from streams.publish.publish import Clock, Publisher, publish

_PAUSE_SECONDS: Final = 5.0
_SHOW_SECONDS: Final = 1.0
_FAST_HOURS: Final = 1.0
"""Time that a clock that runs fast takes to meet the present."""


def history_end(now: datetime, speed: float) -> datetime:
    """Return where the shop's history ends, so that its clock meets the present an hour after that.

    Args:
        now: The present.
        speed: How many times as fast as time the shop's clock runs; at 1 the history ends now.
    """
    return now - timedelta(hours=_FAST_HOURS) * (speed - 1)


class LiveDemo:
    """Publishes live events of the demo's shop until interrupted; while Kafka is away, waits for it."""

    def __init__(
        self,
        kafka: KafkaSettings,
        supervisor: Supervisor,
        interrupts: Interrupts,
        show: Callable[[str], None],
        report: Report,
    ) -> None:
        """Prepare.

        Args:
            kafka: Where Kafka is.
            supervisor: Looks after the processes between two events.
            interrupts: Of this process.
            show: Shows the shop's clock and the latest event, in place of what it showed before.
            report: Told of the pace, and when Kafka takes no events.
        """
        self._kafka, self._supervisor, self._interrupts = kafka, supervisor, interrupts
        self._show_line, self._report = show, report
        self._publisher: tuple[Clock, Publisher] | None = None
        self._published = 0
        self._latest = ""

    def play(self, source: DemoSource, speed: float) -> None:
        """Publish the shop's events as they happen, for ever.

        Args:
            source: History of a shop, which goes on.
            speed: How many times as fast as time the shop's clock runs.

        Raises:
            ValueError: The history is not of a shop.
        """
        if source.shop is None:
            raise ValueError("only a shop goes on")
        live = LiveShop(source.shop, speed, lambda: datetime.now(UTC), lambda seconds: self._sleep(live, seconds))
        self._report(pace_of(live, len(source.lines) / source.days))
        for event in live.events():
            # As in a history, events of a fast clock carry their own time; those of the present get Kafka's.
            self._send(event, "now" if live.is_present else "event")
            self._show(live)

    def _send(self, event: Event, clock: Clock) -> None:
        while True:
            try:
                publish(self._publisher_by(clock), [encode_event(event)])
            except ServerUnreachableError as error:
                self._report(f"live events pause: {error}")
                self._publisher = None
                self._supervisor.sleep(_PAUSE_SECONDS)
            else:
                break
        self._published += 1
        self._latest = f"{str(event['type']).replace('_', ' ')} of {event['customer_id']}"

    def _publisher_by(self, clock: Clock) -> Publisher:
        if self._publisher is None or self._publisher[0] != clock:
            self._publisher = clock, Publisher(self._kafka, clock, "demo-live", self._interrupts)
        return self._publisher[1]

    def _sleep(self, live: LiveShop, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._show(live)
            self._supervisor.sleep(min(left, _SHOW_SECONDS))

    def _show(self, live: LiveShop) -> None:
        pace = "" if live.is_present else f", {live.speed:,g} times as fast as yours"
        latest = f", the latest a {self._latest}" if self._latest else ""
        self._show_line(f"the shop's clock: {live.clock:%d %b %Y %H:%M} UTC{pace}; {self._published:,} events{latest}")


def pace_of(live: LiveShop, events_a_day: float) -> str:
    """Return in a sentence how fast live events come.

    Args:
        live: The shop.
        events_a_day: By its own clock.
    """
    if live.speed <= 1:
        return (
            f"the shop goes on at its own pace, about {events_a_day:,.0f} events a day, few of them at night; "
            "with --speed 1000 a day passes in a minute and a half"
        )
    met = live.meets_present_at.astimezone()
    return (
        f"the shop's clock runs {live.speed:,g} times as fast as yours from {live.shop.end:%d %b %Y} on, and so does "
        f"Stayline's: about {events_a_day * live.speed / 1440:,.0f} events a minute. At {met:%H:%M} it meets the "
        "present, and the shop goes on at its own pace"
    )
