"""The scenario that every population goes through, on a broker of its own."""

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.kit.purchases import GeneratedPurchase
from bench.scale.population import Population
from bench.scale.scores import Scores, require_right
from bench.scale.servers import ScaleServers
from bench.scale.steps import Reviews, Start, begin, lose_store, review, share, start, throughput
from bench.scale.worker import Worker
from deploy.local.kafka import KafkaCluster
from deploy.local.server import Progress
from risk.scoring.scorer import RiskScorer
from schemas.moments import DAY_MS

_PARTS_OF_DAY: Final = 32
"""Reviews of so small a part of the day are timed with two workers, and of the next with one."""


@dataclass(frozen=True, slots=True)
class Work:
    """Published purchases: probes at two starts, then a load for one worker and one for two.

    Attributes:
        probes: Each on every partition.
        loads: Later than the probes.
    """

    probes: tuple[Sequence[GeneratedPurchase], Sequence[GeneratedPurchase]]
    loads: tuple[Sequence[GeneratedPurchase], Sequence[GeneratedPurchase]]


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory and disk of a worker, bytes; of memory only what a worker without customers does not take.

    Attributes:
        disk: What its local store takes after the load.
        disk_at_end: And at the end of the scenario.
        now: After its load.
        peak: At most from its start from the local store to the end of the scenario.
        peak_of_recovery: At most in a start from the changelog alone.
    """

    disk: int
    disk_at_end: int
    now: int
    peak: int
    peak_of_recovery: int


@dataclass(frozen=True, slots=True)
class ReviewDay:
    """A day on which every customer falls due for a review.

    Attributes:
        together: The first part, by two workers.
        left: Seconds until the first worker had the customers of the second back.
        alone: The second part, by the first worker.
    """

    together: Reviews
    left: float
    alone: Reviews


@dataclass(frozen=True, slots=True)
class ScaleFigures:
    """Figures of one population.

    Attributes:
        customers: How many.
        state_bytes: Of an encoded state, on average.
        from_changelog: A start with an empty local store.
        from_store: A start with the local store of the run before.
        memory: Of the one worker.
        joined: Seconds until a second worker had taken half of the customers over.
        purchases: A second, of one worker and of two together.
        day: Everybody's reviews, where they were measured.
    """

    customers: int
    state_bytes: float
    from_changelog: Start
    from_store: Start
    memory: Memory
    joined: float
    purchases: tuple[float, float]
    day: ReviewDay | None


def run_scenario(
    population: Population, work: Work, model: bytes, judge: RiskScorer, tell: Progress, *, reviewed: bool
) -> ScaleFigures:
    """Measure everything with one population.

    Args:
        population: The customers.
        work: Their purchases.
        model: As published.
        judge: With that model.
        tell: Told what is being done.
        reviewed: Whether the day of reviews is measured, too.

    Raises:
        RuntimeError: A worker does not compare, score or review what it must.
        LocalServerError: The broker or a worker did not come up.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stayline-bench-")))
        broker = stack.enter_context(KafkaCluster(1, folder / "kafka", progress=tell))
        servers = ScaleServers(broker.bootstrap_servers, folder)
        servers.prepare(model)
        scores = stack.enter_context(closing(Scores(broker.bootstrap_servers)))
        workers = [servers.worker(name) for name in ("one", "two")]
        for worker in workers:
            stack.callback(worker.stop)
        return _Scenario(population, work, judge, servers, scores, workers, tell).run(reviewed=reviewed)


class _Scenario:
    def __init__(
        self,
        population: Population,
        work: Work,
        judge: RiskScorer,
        servers: ScaleServers,
        scores: Scores,
        workers: Sequence[Worker],
        tell: Progress,
    ) -> None:
        self._population = population
        self._work = work
        self._judge = judge
        self._yard = servers
        self._scores = scores
        self._one, self._two = workers
        self._tell = tell

    def run(self, *, reviewed: bool) -> ScaleFigures:
        population, one, two = self._population, self._one, self._two
        self._tell("a worker without customers")
        empty = begin(self._yard, one, population.at)
        self._tell("writing the customers to the changelog")
        self._yard.settle(population)
        lose_store(one)
        from_changelog = self._start("from the changelog alone", 0)
        peak_of_recovery = one.peak_bytes() - empty
        one.end()
        from_store = self._start("from the local store", 1)
        alone = self._throughput([one], 0)
        now, disk = one.resident_bytes() - empty, one.stored_bytes()
        self._tell("a second worker joins")
        two.start()
        joined = share([one, two], population.customers)
        together = self._throughput([one, two], 1)
        day = self._review_day() if reviewed else None
        memory = Memory(disk, one.stored_bytes(), now, one.peak_bytes() - empty, peak_of_recovery)
        one.end()
        return ScaleFigures(
            customers=population.customers,
            state_bytes=population.mean_bytes,
            from_changelog=from_changelog,
            from_store=from_store,
            memory=memory,
            joined=joined,
            purchases=(alone, together),
            day=day,
        )

    def _review_day(self) -> ReviewDay:
        population, one, two = self._population, self._one, self._two
        first, second = (population.reviews_begin + part * DAY_MS // _PARTS_OF_DAY for part in (1, 2))
        early, later = population.reviews_until(first), population.reviews_until(second)
        together = self._review([one, two], first, early)
        self._tell("the second worker leaves")
        two.end()
        left = share([one], population.customers)
        return ReviewDay(together, left, self._review([one], second, later - early))

    def _start(self, how: str, number: int) -> Start:
        self._tell(f"a start {how}")
        probe = self._work.probes[number]
        started, scores = start(self._yard, self._one, probe, self._scores, self._population.customers)
        require_right(scores, _first_ones(probe, self._work.probes[:number]), self._population, self._judge)
        return started

    def _throughput(self, workers: Sequence[Worker], number: int) -> float:
        self._tell(f"purchases through {len(workers)} worker{'s' if len(workers) > 1 else ''}")
        return throughput(self._yard, workers, self._work.loads[number], self._scores)

    def _review(self, workers: Sequence[Worker], until: int, due: int) -> Reviews:
        self._tell(f"{due:,} reviews by {len(workers)} worker{'s' if len(workers) > 1 else ''}")
        return review(self._yard, workers, until, due)


def _first_ones(
    purchases: Sequence[GeneratedPurchase], before: Sequence[Sequence[GeneratedPurchase]]
) -> list[GeneratedPurchase]:
    """Those whose customers bought nothing before."""
    seen = {purchase.customer_id for earlier in before for purchase in earlier}
    first: list[GeneratedPurchase] = []
    for purchase in purchases:
        if purchase.customer_id not in seen:
            first.append(purchase)
            seen.add(purchase.customer_id)
    return first
