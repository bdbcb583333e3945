"""Following the models of the epochs: how many are held, and that nobody waits for one that is there to be read."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from threading import Event

import msgspec
import pytest

from customers.policy import policy_of
from risk.learning.learner import Learner
from risk.scoring.epoch_scorer import EpochScorer
from schemas.moments import DAY_MS, from_ms
from schemas.records.encode import encode_record
from schemas.settings.connections import KafkaSettings
from schemas.settings.risk import RiskSettings, SegmentSettings
from streams.worker import models
from streams.worker.engine.counters import Counters
from streams.worker.engine.shard import CustomerShard
from streams.worker.models import ModelFollower
from tests.kit.results import deciding
from tests.kit.worker_pages import MemoryStore, Recording
from tests.worker.engine.shards import START, page

_RISK = RiskSettings()
_PUBLISHED = 120
"""Models that a worker finds when it starts: more than it holds without need."""

_PATIENCE_SECONDS = 20.0


class _Record:
    def __init__(self, number: int) -> None:
        model = Learner(_RISK.horizon_days).publish(0, from_ms(0))
        border = from_ms(START + number * DAY_MS)
        self._value = encode_record(msgspec.structs.replace(model, examples=number, border=border, first_border=border))

    def value(self) -> bytes:
        return self._value


class _Topic:
    """A topic of models that hands them out one by one."""

    def __init__(self, *_: object) -> None:
        self._records = iter([_Record(number) for number in range(_PUBLISHED)])

    def read_to(self, ends: Mapping[int, int], stop: Event) -> Iterator[list[_Record]]:
        del ends, stop
        for record in self._records:
            yield [record]

    def poll(self) -> list[_Record]:
        record = next(self._records, None)
        return [] if record is None else [record]


class _Offsets:
    def __init__(self, *_: object) -> None:
        pass

    def since(self, place: tuple[str, int], moment: int) -> int:
        del place, moment
        return 0

    def ends(self, places: Sequence[tuple[str, int]], *, committed: bool) -> dict[tuple[str, int], int]:
        del committed
        return dict.fromkeys(places, _PUBLISHED)


@pytest.fixture
def follower(monkeypatch: pytest.MonkeyPatch) -> ModelFollower:
    """A follower that has just been started behind a long log of models."""
    monkeypatch.setattr(models, "TopicReader", _Topic)
    monkeypatch.setattr(models, "OffsetClient", _Offsets)
    scorer = EpochScorer(_RISK, SegmentSettings(), "USD")
    follower = ModelFollower(KafkaSettings(), scorer, 60.0, policy_of(_RISK).review_ms)
    follower.reach(START)
    return follower


def _shard(scorer: EpochScorer) -> CustomerShard:
    """Return the shard of a partition that has no customers."""
    return CustomerShard(
        0,
        MemoryStore(),
        None,
        risk=_RISK,
        planner_of=deciding(_RISK),
        scorer=scorer,
        partitions=1,
        reviews_per_page=0,
        counters=Counters(),
    )


def test_a_start_reads_a_bounded_number_of_models(follower: ModelFollower) -> None:
    assert follower.scorer.models < _PUBLISHED


def test_a_partition_without_customers_goes_on_with_the_models_that_follow(follower: ModelFollower) -> None:
    shard = _shard(follower.scorer)
    asyncio.run(_read_until_pages_help(follower, shard))

    assert not shard.is_ahead
    assert follower.scorer.models < _PUBLISHED


async def _read_until_pages_help(follower: ModelFollower, shard: CustomerShard) -> None:
    """Let the clock pass the epochs of all models held; follow the models until further pages are read."""
    ahead, helps = (follower.scorer.scored_until - START) / DAY_MS + 10, asyncio.Event()
    shard.process(*_sent(ahead), Recording())
    assert shard.is_ahead
    assert not shard.waits

    def arrived() -> None:
        if not shard.is_ahead:
            helps.set()

    following = asyncio.create_task(follower.run(lambda: [shard], arrived))
    with suppress(TimeoutError):
        await asyncio.wait_for(helps.wait(), _PATIENCE_SECONDS)
    following.cancel()


def _sent(day: float) -> tuple[bytes, dict[str, bytes]]:
    heartbeat = page(day)
    return heartbeat.value, heartbeat.headers
