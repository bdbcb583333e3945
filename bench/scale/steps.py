"""The single measurements, in the order in which one population goes through them."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.kit.broker import PARTITIONS
from bench.kit.purchases import GeneratedPurchase
from bench.scale.scores import Scores
from bench.scale.servers import ScaleServers, wait_for
from bench.scale.worker import Worker, counted, held_by
from schemas.records.score import RiskScore

_START_SECONDS: Final = 300.0
_REVIEW_SECONDS: Final = 600.0
_QUIET_SECONDS: Final = 1.0
_WARM_SHARE: Final = 0.1
_REVIEWED: Final = ("stayline_worker_scores", "review")


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds of a worker's start.

    Attributes:
        ready: Seconds until it said that it serves.
        scored: Seconds until purchases published then were scored, on every partition.
    """

    ready: float
    scored: float


@dataclass(frozen=True, slots=True)
class Reviews:
    """Reviews that fell due at once.

    Attributes:
        count: How many, by the schedule; the workers have done just as many.
        seconds: From the clock that made them due to the commit of the last one.
    """

    count: int
    seconds: float


def begin(servers: ScaleServers, worker: Worker, clock: int) -> int:
    """Let a worker commit the clock on partitions without customers, and end; return the memory that it held."""
    worker.start()
    worker.wait_until(worker.ready, _START_SECONDS)
    servers.tell_clock(clock)
    wait_for(lambda: _told(worker, clock), "the clock on every partition", 30)
    memory = worker.resident_bytes()
    worker.end()
    return memory


def _told(worker: Worker, clock: int) -> bool:
    clocks = worker.samples().get("stayline_worker_watermark_timestamp_seconds", {})
    return list(clocks.values()) == [clock / 1000] * PARTITIONS


def start(
    servers: ScaleServers, worker: Worker, probe: Sequence[GeneratedPurchase], scores: Scores, customers: int
) -> tuple[Start, list[RiskScore]]:
    """Start a worker on customers and time it.

    Args:
        servers: Where it reads.
        worker: Has not been started, or has ended.
        probe: Published once it says that it serves; on every partition.
        scores: Up to now.
        customers: How many it must compare then.

    Raises:
        RuntimeError: It holds another number.
    """
    began = time.monotonic()
    worker.start()
    worker.wait_until(worker.ready, _START_SECONDS)
    ready = time.monotonic() - began
    servers.publish(probe)
    taken = scores.take(len(probe), 60)
    scored = time.monotonic() - began
    if (held := held_by(worker)) != customers:
        raise RuntimeError(f"{worker.name} holds {held} customers, not {customers}")
    return Start(ready, scored), [score for _, score in taken]


def lose_store(worker: Worker) -> None:
    """Take a worker's local store away, as a machine that is lost does."""
    shutil.rmtree(worker.store)


def throughput(
    servers: ScaleServers, workers: Sequence[Worker], purchases: Sequence[GeneratedPurchase], scores: Scores
) -> float:
    """Purchases a second, from a tenth of the scores to the last, by the broker's clock.

    Args:
        servers: Where the workers read.
        workers: Run, and wait for work.
        purchases: Published before they go on.
        scores: Up to now.
    """
    servers.publish_before(workers, purchases)
    appended = sorted(at for at, _ in scores.take(len(purchases), 300))
    warm = int(len(appended) * _WARM_SHARE)
    later = sum(at > appended[warm] for at in appended)
    return later / (appended[-1] - appended[warm]) * 1000


def share(workers: Sequence[Worker], customers: int) -> float:
    """Wait until workers share all customers; return the seconds that it took."""
    began = time.monotonic()

    def shared() -> bool:
        if not all(worker.ready() for worker in workers):
            return False
        held = [held_by(worker) for worker in workers]
        return min(held) > 0 and sum(held) == customers

    wait_for(shared, f"{len(workers)} workers compare {customers} customers together", _START_SECONDS)
    return time.monotonic() - began


def review(servers: ScaleServers, workers: Sequence[Worker], until: int, due: int) -> Reviews:
    """Carry the clock past many reviews and wait until the last is committed.

    Args:
        servers: Where the workers read.
        workers: Run, and wait for work.
        until: The clock then, ms since 1970.
        due: How many reviews that makes due, by the schedule alone.

    Raises:
        RuntimeError: More were done than fell due, or not all of them in time.
    """
    before = counted(workers, *_REVIEWED)
    began = time.time()
    servers.tell_clock(until)
    wait_for(lambda: counted(workers, *_REVIEWED) - before >= due, f"{due} reviews", _REVIEW_SECONDS, every=0.5)
    ended = _last_commit(workers)
    if (done := counted(workers, *_REVIEWED) - before) != due:
        raise RuntimeError(f"{done} reviews were done where {due} were due")
    return Reviews(due, ended - began)


def _last_commit(workers: Sequence[Worker]) -> float:
    """Moment of the last commit, seconds since 1970, once no more follow."""
    while True:
        last = max(worker.samples()["stayline_worker_last_commit_timestamp_seconds"][""] for worker in workers)
        if time.time() - last > _QUIET_SECONDS:
            return last
        time.sleep(_QUIET_SECONDS / 5)
