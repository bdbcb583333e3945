"""The shop without end, at the pace of a clock."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from deploy.simulator.draw import Event, timestamp
from deploy.simulator.life import Moment
from deploy.simulator.population import CURRENCIES, arrivals
from deploy.simulator.simulate import play

A_YEAR = 365.0


def live_shop_events(
    *,
    seed: int,
    customers: int,
    rate: float,
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
    currencies: Mapping[str, float] = CURRENCIES,
) -> Iterator[Event]:
    """Yield raw events without end, ``rate`` a second, each stamped with the moment it is yielded.

    Lives keep their order and their causes, while their pace is the rate's: 1,000 customers make about 14,000 events
    in a year of their own, so at 10 events a second that year passes in 23 minutes. Customers leave and others come,
    for as long as it goes on. After a pause of whoever reads, it catches up. Event and order ids begin with the
    moment of the start, so a restart repeats none.

    Args:
        seed: The same seed gives the same lives.
        customers: How many begin to buy in one year of the shop's own time.
        rate: Events a second, above 0.
        now: Reads the clock, with an offset.
        sleep: Waits for so many seconds.
        currencies: Currency and its share of customers.

    Raises:
        ValueError: ``rate`` is not above 0.
    """
    if rate <= 0:
        raise ValueError(f"rate must be above 0 events a second, not {rate}")
    started = now()
    population = arrivals(seed=seed, customers=customers, start=started.timestamp(), days=A_YEAR, currencies=currencies)
    moments = play(population, seed=seed, prefix=f"live{started.astimezone(UTC):%Y%m%dT%H%M%S%f}")
    return _paced(moments, started, rate, now, sleep)


def _paced(
    moments: Iterator[Moment],
    started: datetime,
    rate: float,
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> Iterator[Event]:
    for number, (_, _, event) in enumerate(moments):
        early = (started + timedelta(seconds=number / rate) - now()).total_seconds()
        if early > 0:
            sleep(early)
        event["occurred_at"] = timestamp(now().timestamp())
        yield event
