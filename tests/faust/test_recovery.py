"""A recovery ends when all of the changelog is in the store: what was fetched and thrown away does not count."""
# ruff: noqa: SLF001 - Faust's part is played here

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

from aiokafka.structs import ConsumerRecord
from faust.types import TP

from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import WorkerSettings
from streams.faust.app import FaustApp
from streams.faust.consumer_thread import ConsumerThread
from streams.faust.protocol import Membership
from streams.faust.table import ChangelogRecovery, ChangelogTableManager
from streams.worker.setup import WorkerSetup
from streams.worker.worker import StreamWorker
from tests.worker.fakes import NoShard

RECORDS = 10
RECORDS_A_FETCH = 4


class ChangelogThread(ConsumerThread):
    """Reads a changelog of one partition that is in memory, some records at a time, as aiokafka would."""

    def __init__(self, app: FaustApp, tp: TP) -> None:
        super().__init__(app.records_consumer, loop=asyncio.get_running_loop())
        self._tp = tp
        self._position = 0
        self.meanwhile: Callable[[], None] = lambda: None
        """What happens to the group while a fetch is under way."""

    async def getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:  # noqa: ANN401, ARG002, ASYNC109
        """Return the next records, and move on."""
        begin, end = self._position, min(self._position + RECORDS_A_FETCH, RECORDS)
        self._position = end
        self.meanwhile()
        return {self._tp: [_record(self._tp, offset) for offset in range(begin, end)]} if begin < end else {}

    def read_position(self, tp: TP) -> int | None:
        """Return the offset that would be read next."""
        return self._position if tp == self._tp else None

    def read_from(self, position: int) -> None:
        """Read from there, as the recovery of a new assignment does."""
        self._position = position


class Interrupted:
    """A worker that recovers one partition and is interrupted."""

    def __init__(self, worker: StreamWorker) -> None:
        self.worker = worker
        self.app = app = worker.app
        self.tp = TP(worker.setup.changelog_topic, 0)
        self.thread = ChangelogThread(app, self.tp)
        app.records_consumer._thread = self.thread
        cast("ChangelogTableManager", app.tables)._changelogs[self.tp.topic] = app.tables["customers"]
        self.begin(generation=1)

    @property
    def recovery(self) -> ChangelogRecovery:
        """Faust's recovery, which is ours."""
        return cast("ChangelogTableManager", self.app.tables).recovery

    def begin(self, generation: int) -> None:
        """Let the recovery of a generation begin, as Faust does after a rebalance."""
        recovery = self.recovery
        self.app.consumer_generation_id = generation
        recovery.add_active(self.app.tables["customers"], self.tp)
        recovery.active_highwaters[self.tp] = RECORDS - 1
        recovery._generation_id = generation
        recovery._set_recovery_started()
        offset = self.worker.store.partition(0).offset
        recovery.active_offsets[self.tp] = -1 if offset is None else offset
        self.thread.read_from(recovery.active_offsets[self.tp] + 1)

    def rebalance(self) -> None:
        """Give the group another generation."""
        self.app.consumer_generation_id += 1
        self.thread.meanwhile = lambda: None

    async def fetch(self, times: int) -> None:
        """Let the fetcher read."""
        for _ in range(times):
            await self.app.records_consumer._getmany({self.tp}, 0.1)

    @property
    def ended(self) -> bool:
        """True once the recovery has read the changelog."""
        return bool(self.recovery.signal_recovery_end.is_set())

    @property
    def customers(self) -> int:
        """Customers in the store."""
        return sum(1 for _ in self.worker.store.partition(0).items())


def _record(tp: TP, offset: int) -> Any:  # noqa: ANN401 — aiokafka is untyped
    return ConsumerRecord(tp.topic, tp.partition, offset, 0, 0, b"c%d" % offset, b"state", 0, 2, 5, ())


def play(folder: Path, scene: Callable[[Interrupted], Awaitable[None]]) -> None:
    """Set a worker up without a broker, and play."""

    async def main() -> None:
        setup = WorkerSetup(
            kafka=KafkaSettings(bootstrap_servers="127.0.0.1:1"),
            worker=WorkerSettings(store="memory"),
            instance="1",
            pages_topic="interactions",
            folder=folder,
            provenance={},
        )
        await scene(Interrupted(StreamWorker(setup, lambda *_: NoShard())))

    asyncio.run(main())


def test_a_recovery_ends_when_all_of_the_changelog_is_in_the_store(tmp_path: Path) -> None:
    async def scene(worker: Interrupted) -> None:
        await worker.fetch(2)
        assert not worker.ended
        await worker.fetch(1)
        assert (worker.ended, worker.customers) == (True, RECORDS)

    play(tmp_path, scene)


def test_a_fetch_thrown_away_in_a_rebalance_does_not_count_as_read(tmp_path: Path) -> None:
    async def scene(worker: Interrupted) -> None:
        worker.thread.meanwhile = worker.rebalance
        await worker.fetch(4)
        assert not worker.ended

    play(tmp_path, scene)


def test_nothing_is_stored_beyond_what_was_thrown_away(tmp_path: Path) -> None:
    async def scene(worker: Interrupted) -> None:
        await worker.fetch(1)
        worker.thread.meanwhile = worker.rebalance
        await worker.fetch(2)
        assert worker.worker.store.partition(0).offset == RECORDS_A_FETCH - 1

    play(tmp_path, scene)


def test_the_recovery_of_the_next_generation_reads_what_was_thrown_away(tmp_path: Path) -> None:
    async def scene(worker: Interrupted) -> None:
        await worker.fetch(1)
        worker.thread.meanwhile = worker.rebalance
        await worker.fetch(1)
        worker.begin(generation=2)
        await worker.fetch(2)
        assert (worker.ended, worker.customers) == (True, RECORDS)

    play(tmp_path, scene)


def test_partitions_are_not_taken_in_the_name_of_a_generation_that_began_after_their_recovery(tmp_path: Path) -> None:
    async def scene(worker: Interrupted) -> None:
        worker.recovery._generation_id = 2
        worker.thread.membership = Membership(2, "member")
        await worker.app.take_partitions({0})
        assert not worker.worker.partitions.recovered
        assert worker.app.failure.reason is None

    play(tmp_path, scene)
