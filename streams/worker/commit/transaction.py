"""Sends a sealed batch: as one Kafka transaction, or plainly to a broker that has none.

Every call blocks and is made from one thread, never from the event loop.
"""

import struct
from typing import Final, Protocol

from confluent_kafka import KafkaError, Message, TopicPartition

from runtime.kafka.batch_producer import BatchProducer
from runtime.kafka.delivery import BatchError, DeliveryError, UnresolvedError
from runtime.kafka.producer import PlainProducer, TransactionalProducer
from schemas.errors import CommitFailedError, FatalError, OwnershipLostError, ServerUnreachableError
from streams.faust.protocol import Membership
from streams.worker.commit.batch import SealedBatch
from streams.worker.setup import WorkerSetup

COMMIT_SECONDS: Final = 20.0
"""A batch that is not committed after this ends the worker: a restart does better than waiting."""

_PLAIN_SECONDS: Final = 30.0
_ATTEMPTS: Final = 3


class Sender(Protocol):
    """Sends sealed batches."""

    commits_offsets: bool
    """True if :meth:`send` commits the batch's offsets too; otherwise the caller does, afterwards."""

    def start(self) -> None:
        """Reach the broker; raises FatalError."""
        ...

    def send(self, batch: SealedBatch) -> dict[int, int]:
        """Send a batch and return, by partition, the changelog offset of its last changed customer."""
        ...


def open_sender(setup: WorkerSetup) -> Sender:
    """Return the sender that the broker allows, not connected yet."""
    return TransactionalSender(setup) if setup.kafka.transactions else PlainSender(setup)


class TransactionalSender:
    """One transaction a batch: changelog, emitted records and input offsets."""

    commits_offsets = True

    def __init__(self, setup: WorkerSetup) -> None:
        self._setup = setup
        self._producer = TransactionalProducer(setup.kafka, setup.transactional_id, reports=False)

    def start(self) -> None:
        """Fence and abort what an earlier run of this instance left open.

        Raises:
            CommitFailedError: The broker begins no transactions in time.
            FatalError: It refuses them, or another process took the transactional id at this very moment.
        """
        try:
            self._producer.start(COMMIT_SECONDS)
        except ServerUnreachableError as error:
            raise CommitFailedError(str(error)) from error

    def send(self, batch: SealedBatch) -> dict[int, int]:
        """Commit a batch; a bounded number of times, while it may be sent again.

        Raises:
            OwnershipLostError: The batch belongs to a membership that is over; nothing of it was committed.
            CommitFailedError: It was not committed, or the outcome is unknown.
            FatalError: The broker would refuse its records again.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._attempt(batch)
            except BatchError as error:
                if error.is_fenced or attempt == _ATTEMPTS:
                    raise _sorted(error) from error
            except UnresolvedError as error:
                raise _sorted(error) from error
        raise AssertionError("the last attempt returns or raises")

    def _attempt(self, batch: SealedBatch) -> dict[int, int]:
        positions = [
            TopicPartition(self._setup.pages_topic, number, position.offset, position.metadata)
            for number, position in batch.positions.items()
        ]
        membership = group_metadata(self._setup.group, batch.membership)
        with self._producer.batch(COMMIT_SECONDS):
            offsets = _produce_all(self._producer, batch, self._setup.changelog_topic)
            # The next owner of a partition reads the changelog up to its end as of the new generation. No offset of
            # ours may be accepted before, with the records that belong to it arriving after.
            if self._producer.flush(COMMIT_SECONDS):
                raise CommitFailedError("The broker did not take the batch's records in time.")
            self._producer.send_offsets(positions, membership, COMMIT_SECONDS)
        return offsets


class PlainSender:
    """Idempotent records, then (by the caller) offsets: at least once."""

    commits_offsets = False

    def __init__(self, setup: WorkerSetup) -> None:
        self._setup = setup
        self._producer = PlainProducer(setup.kafka)

    def start(self) -> None:
        """Do nothing: there is no earlier run to fence."""

    def send(self, batch: SealedBatch) -> dict[int, int]:
        """Send a batch and wait until the broker has all of it.

        Raises:
            CommitFailedError: It has not.
            FatalError: It would refuse its records again.
        """
        try:
            with self._producer.batch(_PLAIN_SECONDS):
                offsets = _produce_all(self._producer, batch, self._setup.changelog_topic)
        except BatchError as error:
            raise CommitFailedError(f"The broker did not take a batch: {error.reason}.") from error
        if any(changes and number not in offsets for number, changes in batch.changes.items()):
            raise CommitFailedError("The broker did not take the last records of a batch.")
        return offsets


def group_metadata(group: str, membership: Membership) -> bytes:
    """Return a group membership in the form that librdkafka reads (``rd_kafka_consumer_group_metadata_read``).

    A generation below zero with an empty member id is not fenced at all, so that membership must be remembered from
    the assignment and never read from a coordinator that may have lost it since.

    Raises:
        ValueError: The membership would not be fenced.
    """
    if membership.generation < 0 or not membership.member_id:
        raise ValueError("A worker outside the group cannot commit.")
    names = b"%b\0%b\0" % (group.encode(), membership.member_id.encode())
    without_instance_id = b"\x01"
    return b"CGMDv2:" + struct.pack("<i", membership.generation) + names + without_instance_id


def _produce_all(producer: BatchProducer, batch: SealedBatch, changelog: str) -> dict[int, int]:
    """Hand a batch's records to the producer.

    Returns:
        By partition, the changelog offset of the last changed customer; filled while records are delivered.
    """
    offsets: dict[int, int] = {}

    def note_offset(error: KafkaError | None, message: Message) -> None:
        partition, offset = message.partition(), message.offset()
        if error is None and partition is not None and offset is not None:
            offsets[partition] = offset

    for partition, changes in batch.changes.items():
        if not changes:
            continue
        *earlier, (last_key, last_value) = changes.items()
        for key, value in earlier:
            producer.produce(changelog, value, key, partition=partition)
        producer.produce(changelog, last_value, last_key, partition=partition, on_delivery=note_offset)
    for topic, emitted_key, emitted_value, partition, header in batch.emitted:
        headers = None if header is None else (header,)
        producer.produce(topic, emitted_value, emitted_key, partition=partition, headers=headers)
    return offsets


def _sorted(error: DeliveryError) -> FatalError:
    if error.is_fenced:
        return OwnershipLostError(f"The broker fenced this worker; its open batch is discarded ({error.reason}).")
    return CommitFailedError(f"A batch could not be committed: {error.reason}.")
