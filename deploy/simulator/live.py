"""A shop that goes on after its history: the same customers at their own rhythm, by a clock that may run fast."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from deploy.simulator.draw import Event
from deploy.simulator.simulate import Shop


@dataclass(slots=True)
class LiveShop:
    """A shop's events as they happen, each when it is due by its customer's own rhythm, hour and season.

    At speed 1 the shop's clock is the clock. Faster, it starts at the end of the history, runs ``speed`` times as fast
    as time, and is the clock from the moment at which it meets the present.

    Attributes:
        shop: Its history ends where this begins.
        speed: At least 1.
        now: Reads the clock, with an offset.
        sleep: Waits for so many seconds.
        began_at: When the shop's clock started, at the end of the history.
    """

    shop: Shop
    speed: float
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    began_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Start the shop's clock.

        Raises:
            ValueError: The speed is below 1.
        """
        if self.speed < 1:
            raise ValueError(f"speed must be at least 1, not {self.speed}")
        self.began_at = self.now()

    @property
    def clock(self) -> datetime:
        """The shop's time."""
        now = self.now()
        return min(self.shop.end + self.speed * (now - self.began_at), now) if self.speed > 1 else now

    @property
    def is_present(self) -> bool:
        """True if the shop's time is the time."""
        return self.clock >= self.now()

    @property
    def meets_present_at(self) -> datetime:
        """Instant at which the shop's clock meets the present."""
        if self.speed <= 1:
            return self.began_at
        return self.began_at + max(self.began_at - self.shop.end, timedelta(0)) / (self.speed - 1)

    def events(self) -> Iterator[Event]:
        """Yield what happens after the history, for ever, each event when it is due.

        After a pause of whoever reads, it catches up.
        """
        for moment, _, event in self.shop.moments_after():
            early = (self._due(datetime.fromtimestamp(moment, UTC)) - self.now()).total_seconds()
            if early > 0:
                self.sleep(early)
            yield event

    def _due(self, moment: datetime) -> datetime:
        return max(self.began_at + (moment - self.shop.end) / self.speed, moment) if self.speed > 1 else moment
