"""aiokafka's consumer in its thread: reading what is committed, and saying what Faust does not ask it."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.faust.protocol import Membership

if TYPE_CHECKING:
    from streams.faust.transport import Transport

_FETCH_WAIT_MILLISECONDS: Final = 15
"""A partition that fell behind waits this long at most for the others' empty fetch to return."""

_FETCH_BYTES: Final = 32 * 1024
"""A fetch of this size is answered at once; answering for each page of a transaction would keep the broker busy."""

_FETCH_WAIT_ALONE_MILLISECONDS: Final = 500
"""Longest wait where a fetch is of one topic without a changelog: no other partition waits for it to return.

Such a fetch is answered as soon as there is anything, and costs nothing while there is not."""


class RebalanceListener(driver.ConsumerRebalanceListener):
    """Remembers each membership as it begins; runs in the consumer's thread."""

    _thread: "ConsumerThread"

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Note the membership before Faust learns of the partitions."""
        self._thread.membership = self._thread.live_membership()
        await super().on_partitions_assigned(assigned)


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """aiokafka's consumer, reading what is committed."""

    membership: Membership | None = None
    """The membership as of the last assignment; None before the first."""

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        # Faust sets the isolation level only together with its own exactly_once, and the other two never.
        consumer._isolation_level = "read_committed"  # noqa: SLF001
        alone = cast("Transport", transport).changelog is None
        consumer._fetch_max_wait_ms = _FETCH_WAIT_ALONE_MILLISECONDS if alone else _FETCH_WAIT_MILLISECONDS  # noqa: SLF001
        consumer._fetch_min_bytes = 1 if alone else _FETCH_BYTES  # noqa: SLF001
        return consumer

    def live_membership(self) -> Membership:
        """Return the membership that aiokafka has now: generation -1 after the group has removed us."""
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

    async def commit_offsets(self, topic: str, offsets: Mapping[int, tuple[int, str]]) -> None:
        """Commit offsets, each with its metadata, through the group.

        Args:
            topic: Topic of all of them.
            offsets: Offset of the next record and metadata, by partition.
        """
        # confluent-kafka reads metadata up to a zero byte, which it sends itself and aiokafka does not; without one it
        # reads on into memory that is not its own.
        positions = {
            TopicPartition(topic, number): OffsetAndMetadata(offset, metadata and metadata + "\0")
            for number, (offset, metadata) in offsets.items()
        }
        await self.call_thread(self._ensure_consumer().commit, positions)
