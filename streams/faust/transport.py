"""Faust's Kafka transport with the committing taken out of it.

Fetching, the group, rebalances and recovery stay Faust's and aiokafka's. Commits, offsets to start from and the end of
the changelog are ours, by librdkafka.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.transport.consumer import RecordMap
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, Message
from faust.types.transports import TPorTopicSet
from mode.utils.futures import notify

from streams.faust.gap_detector import Sequence
from streams.worker.commit.batch import Membership, SealedBatch

if TYPE_CHECKING:
    from streams.faust.app import WorkerApp

_FETCH_WAIT_MILLISECONDS = 15
"""A partition that fell behind waits this long at most for the others' empty fetch to return."""

_FETCH_BYTES = 32 * 1024
"""A fetch is answered early with so many; one for each page of a transaction would keep the broker busy."""

_POLL_SECONDS = 0.1
"""Longest wait of one fetch: a seek waits for it, and the end of a changelog, often only markers, shows after it."""


class RebalanceListener(driver.ConsumerRebalanceListener):
    """Remembers each membership as it begins; runs in the consumer's thread."""

    _thread: "ConsumerThread"

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Note who we are before Faust learns what we have."""
        self._thread.consumer.membership = self._thread.live_membership()
        await super().on_partitions_assigned(assigned)


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """aiokafka's consumer, reading what is committed."""

    consumer: "Consumer"

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        # Faust sets these two only together with its own exactly_once.
        consumer._isolation_level = "read_committed"  # noqa: SLF001
        consumer._fetch_max_wait_ms = _FETCH_WAIT_MILLISECONDS  # noqa: SLF001
        consumer._fetch_min_bytes = _FETCH_BYTES  # noqa: SLF001
        return consumer

    def live_membership(self) -> Membership:
        """Return what aiokafka takes us for now: generation -1 after the group has removed us."""
        coordinator = self._ensure_consumer()._coordinator  # noqa: SLF001
        return Membership(coordinator.generation, coordinator.member_id)

    def read_position(self, tp: TP) -> int | None:
        """Return the offset that would be read next; None before the first seek."""
        state = self._state(tp)
        position: int | None = state.position if state is not None and state.has_valid_position else None
        return position

    def end_offset(self, tp: TP) -> int | None:
        """Return the end of a partition as of the last fetch; None before."""
        state = self._state(tp)
        end: int | None = None if state is None else state.highwater
        return end

    def _state(self, tp: TP) -> Any:  # noqa: ANN401 — aiokafka is untyped
        subscription = self._ensure_consumer()._subscription.subscription  # noqa: SLF001
        assignment = None if subscription is None else subscription.assignment
        partition = TopicPartition(tp.topic, tp.partition)
        return assignment.state_value(partition) if assignment is not None and partition in assignment.tps else None

    async def commit_positions(self, batch: SealedBatch, topic: str) -> None:
        """Commit a batch's positions through the group, for brokers without transactions."""
        # confluent-kafka reads metadata up to a zero byte, which it sends itself and aiokafka does not; without one it
        # reads on into memory that is not its own.
        offsets = {
            TopicPartition(topic, number): OffsetAndMetadata(position.offset, position.progress + "\0")
            for number, position in batch.positions.items()
        }
        await self.call_thread(self._ensure_consumer().commit, offsets)


class Consumer(driver.Consumer):
    """Faust's consumer: it fetches and rebalances, and commits nothing by itself."""

    RebalanceListener = RebalanceListener
    app: "WorkerApp"
    _thread: ConsumerThread

    def __post_init__(self) -> None:
        """Start outside the group."""
        super().__post_init__()
        self.membership: Membership | None = None
        self.sequence = Sequence()
        # A fetch that is under way while somebody seeks moves the new position on with records that nobody wants.
        self._fetch_or_seek = asyncio.Lock()

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def commit(
        self,
        topics: TPorTopicSet | None = None,  # noqa: ARG002 — Faust's signature
        start_new_transaction: bool = True,  # noqa: ARG002 — Faust's signature
    ) -> bool:
        """Commit nothing: offsets belong to the transactions of what was folded from them."""
        return False

    async def wait_empty(self) -> None:
        """Commit what is folded; called when partitions are given up and when the app stops."""
        await self.app.pause_partitions()

    def ack(self, message: Message) -> bool:
        """Note that a page is folded; Faust's own book of acknowledged offsets would grow for ever."""
        if message.acked:
            return False
        message.acked = True
        self._unacked_messages.discard(message)
        notify(self._waiting_for_ack)
        return True

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Do nothing: every transaction leaves a gap, and gaps matter only to Faust's own commit."""

    async def verify_all_partitions_active(self) -> None:
        """Do nothing: liveness is judged by commits, which this watchdog does not see."""

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Give partitions up; if the group has removed us, end."""
        membership = self._thread.live_membership()
        if self.membership is not None and membership != self.membership:
            self.app.lose_partitions("this member was removed from it")
        await super().on_partitions_revoked(revoked)

    def end_offset(self, tp: TP) -> int | None:
        """Return the end of a partition as of the last fetch; None before."""
        return self._thread.end_offset(tp)

    async def commit_positions(self, batch: SealedBatch, topic: str) -> None:
        """Commit a batch's positions through the group, for brokers without transactions."""
        await self._thread.commit_positions(batch, topic)

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Seek when no fetch is under way."""
        async with self._fetch_or_seek:
            await super().seek_wait(partitions)

    async def seek_to_committed(self) -> Mapping[TP, int | None]:  # type: ignore[override]
        """Seek the interactions to their stable committed offsets, or to the beginning."""
        async with self._fetch_or_seek:
            ours = {tp for tp in self.assignment() if not self._is_changelog_tp(tp)}
            committed = await self.app.committed_offsets({tp.partition for tp in ours})
            known = {tp: committed[tp.partition] for tp in ours if tp.partition in committed}
            fresh = [TopicPartition(tp.topic, tp.partition) for tp in ours - known.keys()]
            if known:
                await self._thread.seek_wait(known)
            if fresh:
                await self._thread.seek_to_beginning(*fresh)
            self.sequence.restart({tp.partition: known.get(tp, 0) for tp in ours})
            return {tp: known.get(tp) for tp in ours}

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """Return the ends of the changelog, open transactions included, so that recovery waits for those."""
        ends = await self.app.changelog_ends({tp.partition for tp in partitions})
        return {tp: ends[tp.partition] for tp in partitions}

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> RecordMap:  # noqa: ASYNC109
        async with self._fetch_or_seek:
            generation = self.app.consumer_generation_id
            before = self._changelog_positions()
            fetched = await super()._getmany(active_partitions, min(timeout, _POLL_SECONDS))
            if not self.flow_active or generation != self.app.consumer_generation_id:
                return {}  # another assignment has begun; it seeks
            if self.app.in_recovery:
                changelog = {TP(*tp): records for tp, records in fetched.items() if self._is_changelog_tp(tp)}
                self._recover(changelog, before)
            pages = {tp: records for tp, records in fetched.items() if not self._is_changelog_tp(tp)}
            for tp, records in pages.items():
                self.sequence.fetched(tp.partition, [record.offset for record in records])
            return pages

    def _changelog_positions(self) -> dict[TP, int]:
        positions = {tp: self._thread.read_position(tp) for tp in self.app.recovery.active_tps}
        return {tp: position for tp, position in positions.items() if position is not None}

    def _recover(self, changelog: RecordMap, before: Mapping[TP, int]) -> None:
        after = self._changelog_positions()
        self.app.recovery.advance(changelog, {tp: (before[tp], after[tp]) for tp in before.keys() & after.keys()})


class Transport(driver.Transport):
    """Makes our consumer."""

    Consumer = Consumer
