"""The shop while people act on its customers: actions may be added as it is played, and change what follows."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, tee

from deploy.simulator.catalogue import draw_catalogue
from deploy.simulator.customers.population import SimulatedCustomer
from deploy.simulator.draw import stream
from deploy.simulator.life import Moment, customer_events
from deploy.simulator.treatments.treatment import Treatment, TrueGain, amount_within, future


@dataclass(slots=True)
class _LifeInPlay:
    """Events still to come of one customer; the round tells a changed life from what it replaced."""

    customer: SimulatedCustomer
    upcoming: Moment | None
    rest: Iterator[Moment]
    round: int = 0


class TreatedShop:
    """Plays lives together, like ``deploy.simulator.simulate.play``, and applies treatments.

    Attributes:
        gains: True gain of each treatment so far whose gain is counted, also where it found nobody any more.
    """

    def __init__(self, customers: Iterable[SimulatedCustomer], *, seed: int, prefix: str) -> None:
        """Start before the first event.

        Args:
            customers: In the order of their first purchase.
            seed: Names the catalogue and the lives.
            prefix: Begins the names of events and orders.
        """
        self.gains: list[TrueGain] = []
        self._customers = iter(customers)
        self._seed = seed
        self._prefix = prefix
        self._catalogue = draw_catalogue(seed)
        self._lives: dict[str, _LifeInPlay] = {}
        self._heap: list[tuple[float, str, int, str]] = []
        self._treatments: list[tuple[float, int, Treatment]] = []
        self._numbers = count()

    def treat(self, treatment: Treatment) -> None:
        """Act on a customer; it counts from its moment on, which must not lie before the last event played."""
        heapq.heappush(self._treatments, (treatment.at, next(self._numbers), treatment))

    def events(self) -> Iterator[Moment]:
        """Yield all events in time order."""
        following = next(self._customers, None)
        while self._heap or following:
            while following and (not self._heap or self._heap[0][0] >= following.first_at):
                self._begin(following)
                following = next(self._customers, None)
            if self._treatments and self._treatments[0][0] < self._heap[0][0]:
                self._apply(heapq.heappop(self._treatments)[2])
            else:
                yield from self._step()

    def _begin(self, customer: SimulatedCustomer) -> None:
        random = stream(self._seed, "life", customer.number)
        events = customer_events(random, self._catalogue, customer, prefix=self._prefix)
        self._follow(_LifeInPlay(customer, None, events))

    def _follow(self, life: _LifeInPlay) -> None:
        """Put the next event of a life in its place in time."""
        self._lives[life.customer.customer_id] = life
        life.upcoming = next(life.rest, None)
        if life.upcoming is not None:
            at, name, _ = life.upcoming
            heapq.heappush(self._heap, (at, name, life.round, life.customer.customer_id))

    def _step(self) -> Iterator[Moment]:
        _, _, number, customer_id = heapq.heappop(self._heap)
        life = self._lives[customer_id]
        if life.round == number and life.upcoming is not None:
            yield life.upcoming
            self._follow(life)

    def _apply(self, treatment: Treatment) -> None:
        life = self._lives.get(treatment.customer_id)
        if life is None or life.upcoming is None:
            if life is not None and treatment.counted_until:
                self.gains.append(TrueGain(treatment, 0.0, life.customer.currency))
            return
        coming, untreated = tee(_chained(life.upcoming, life.rest))
        life.customer, rest = future(self._seed, self._catalogue, life.customer, treatment, coming)
        life.rest, treated = tee(rest)
        if treatment.counted_until:
            until = treatment.counted_until
            amount = amount_within(treated, until) - amount_within(untreated, until)
            self.gains.append(TrueGain(treatment, amount, life.customer.currency))
        life.round += 1
        self._follow(life)


def _chained(first: Moment, rest: Iterator[Moment]) -> Iterator[Moment]:
    yield first
    yield from rest
