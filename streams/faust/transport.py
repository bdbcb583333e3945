"""Faust's Kafka transport with the committing taken out of it.

Fetching, the group, rebalances and recovery stay Faust's and aiokafka's. Commits and the offsets to start from are the
handler's, the end of the changelog is its copy's.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from aiokafka.structs import TopicPartition
from faust.transport.consumer import RecordMap
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, Message
from faust.types.transports import TPorTopicSet
from mode.utils.futures import notify

from streams.faust.consumer_thread import ConsumerThread, RebalanceListener
from streams.faust.protocol import ChangelogCopy, FetchedRecord, Membership, RecordHandler
from streams.faust.table import ChangelogRecovery, ChangelogTableManager

_POLL_SECONDS: Final = 0.1
"""Longest wait of one fetch: a seek waits for it, and the end of a changelog, often only markers, shows after it."""


class GapDetector:
    """Remembers which record was fetched after which, so that one lost on its way to the handler is noticed.

    Offsets alone cannot tell: transactions leave gaps between them.
    """

    def __init__(self) -> None:
        self._next: dict[int, int] = {}
        self._follows: dict[tuple[int, int], int] = {}

    def restart(self, positions: Mapping[int, int]) -> None:
        """Start over after a seek to these offsets, by partition."""
        self._next = dict(positions)
        self._follows = {}

    def fetched(self, partition: int, offsets: Iterable[int]) -> None:
        """Note records in the order in which they were fetched."""
        for offset in offsets:
            self._follows[partition, offset] = self._next.get(partition, 0)
            self._next[partition] = offset + 1

    def follows(self, partition: int, offset: int) -> int | None:
        """Return the offset after the record fetched before this one, once; None if this one was never fetched."""
        return self._follows.pop((partition, offset), None)


class Consumer(driver.Consumer):
    """Faust's consumer: it fetches and rebalances, and commits nothing by itself."""

    RebalanceListener = RebalanceListener
    transport: "Transport"
    _thread: ConsumerThread

    def __post_init__(self) -> None:
        """Start with nothing fetched."""
        super().__post_init__()
        self._handler = self.transport.handler
        self._changelog = self.transport.changelog
        self._gaps = GapDetector()
        # A fetch in flight during a seek would move the new position on, with records of the old one.
        self._fetch_or_seek = asyncio.Lock()

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def membership(self) -> Membership | None:
        """The membership as of the last assignment; None before the first."""
        return self._thread.membership

    def received(self, message: Message) -> FetchedRecord:
        """Return a record as it arrives at the agent."""
        return FetchedRecord(
            message.topic,
            message.partition,
            message.offset,
            round(message.timestamp * 1000),
            dict(message.headers or ()),
            message.value or b"",
            self._gaps.follows(message.partition, message.offset),
        )

    def owned(self) -> set[int]:
        """Return the assigned partitions of the topic."""
        return {tp.partition for tp in self.assignment() if not self._is_changelog_tp(tp)}

    def end_offset(self, tp: TP) -> int | None:
        """Return the end of a partition as of the last fetch; None before."""
        return self._thread.end_offset(tp)

    async def commit_offsets(self, topic: str, offsets: Mapping[int, tuple[int, str]]) -> None:
        """Commit offsets with their metadata through the group, for brokers without transactions."""
        await self._thread.commit_offsets(topic, offsets)

    async def commit(
        self,
        topics: TPorTopicSet | None = None,  # noqa: ARG002 — Faust's signature
        start_new_transaction: bool = True,  # noqa: ARG002 — Faust's signature
    ) -> bool:
        """Commit nothing: offsets belong to what was made from them."""
        return False

    async def wait_empty(self) -> None:
        """Let the handler commit; called when partitions are given up and when the app stops."""
        await self._handler.commit()

    def ack(self, message: Message) -> bool:
        """Note that a record is handled; Faust's own index of acknowledged offsets would grow without end."""
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
        """Give partitions up; tell the handler if the group has removed us."""
        if self.membership is not None and self._thread.live_membership() != self.membership:
            self._handler.lost("this member was removed from it")
        await super().on_partitions_revoked(revoked)

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Seek when no fetch is in flight."""
        async with self._fetch_or_seek:
            await super().seek_wait(partitions)

    async def seek_to_committed(self) -> Mapping[TP, int | None]:  # type: ignore[override]
        """Seek to where the handler starts, or to the beginning."""
        async with self._fetch_or_seek:
            ours = {tp for tp in self.assignment() if not self._is_changelog_tp(tp)}
            numbers = {tp.partition for tp in ours}
            membership = self.membership
            if self._changelog is None and membership is not None:  # else a recovery comes first, and then says so
                await self._handler.assigned(numbers, membership, lambda: self.membership is membership)
            starts = await self._handler.start_offsets(numbers)
            known = {tp: starts[tp.partition] for tp in ours if tp.partition in starts}
            fresh = [TopicPartition(tp.topic, tp.partition) for tp in ours - known.keys()]
            if known:
                await self._thread.seek_wait(known)
            if fresh:
                await self._thread.seek_to_beginning(*fresh)
            self._gaps.restart({tp.partition: known.get(tp, 0) for tp in ours})
            return {tp: known.get(tp) for tp in ours}

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """Return the ends of the changelog, open transactions included, so that recovery waits for those."""
        if self._changelog is None:
            return {}
        ends = await self._changelog.ends({tp.partition for tp in partitions})
        return {tp: ends[tp.partition] for tp in partitions}

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> RecordMap:  # noqa: ASYNC109
        async with self._fetch_or_seek:
            generation = self.app.consumer_generation_id
            before = self._changelog_positions()
            fetched = await super()._getmany(active_partitions, min(timeout, _POLL_SECONDS))
            if not self.flow_active or generation != self.app.consumer_generation_id:
                return {}  # another assignment has begun; it seeks
            if self._changelog is not None and self.app.in_recovery:
                changelog = {TP(*tp): records for tp, records in fetched.items() if self._is_changelog_tp(tp)}
                self._recover(changelog, before)
            pages = {tp: records for tp, records in fetched.items() if not self._is_changelog_tp(tp)}
            for tp, records in pages.items():
                self._gaps.fetched(tp.partition, [record.offset for record in records])
            return pages

    @property
    def _recovery(self) -> ChangelogRecovery:
        return cast("ChangelogTableManager", self.app.tables).recovery

    def _changelog_positions(self) -> dict[TP, int]:
        if self._changelog is None:
            return {}
        positions = {tp: self._thread.read_position(tp) for tp in self._recovery.active_tps}
        return {tp: position for tp, position in positions.items() if position is not None}

    def _recover(self, changelog: RecordMap, before: Mapping[TP, int]) -> None:
        after = self._changelog_positions()
        self._recovery.advance(changelog, {tp: (before[tp], after[tp]) for tp in before.keys() & after.keys()})


class Transport(driver.Transport):
    """Makes our consumer."""

    Consumer = Consumer

    def __init__(self, url: Any, app: Any, handler: RecordHandler, changelog: ChangelogCopy | None) -> None:  # noqa: ANN401 — Faust's
        """Give every consumer the handler and the copy of the changelog."""
        super().__init__(url, app)
        self.handler = handler
        self.changelog = changelog
