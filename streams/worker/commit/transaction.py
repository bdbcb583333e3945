"""Sends a sealed batch by librdkafka: as one Kafka transaction, or plainly to a broker that has none.

Every call blocks and is made from one thread, never from the event loop.
"""

import logging
import struct
import time
from collections.abc import Callable
from typing import Final, Protocol

from confluent_kafka import KafkaError, KafkaException, Message, Producer, TopicPartition

from runtime.kafka.options import producer_options
from schemas.errors import CommitFailedError, OwnershipLostError, StaylineError
from streams.faust.protocol import Membership
from streams.worker.commit.batch import SealedBatch
from streams.worker.commit.produce import produce_all, require_topics
from streams.worker.setup import WorkerSetup

logger = logging.getLogger(__name__)

COMMIT_SECONDS: Final = 20.0
"""A batch that is not committed after this ends the worker: a restart does better than waiting."""

_FLUSH_SECONDS: Final = 30.0
_ATTEMPTS: Final = 3
_AGAIN_SECONDS: Final = 0.05
_OWNERSHIP_LOST: Final = frozenset(
    {
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError._FENCED,  # noqa: SLF001 — librdkafka's public name for it
    }
)


class Sender(Protocol):
    """Sends sealed batches."""

    commits_offsets: bool
    """True if :meth:`send` commits the batch's offsets too; otherwise the caller does, afterwards."""

    def connect(self) -> None:
        """Reach the broker; raises ServerUnreachableError, TopicMissingError or OwnershipLostError."""
        ...

    def send(self, batch: SealedBatch) -> dict[int, int]:
        """Send a batch and return, by partition, the changelog offset of its last changed customer."""
        ...


class TransactionalSender:
    """One transaction a batch: changelog, emitted records and input offsets."""

    commits_offsets = True

    def __init__(self, setup: WorkerSetup) -> None:
        self._setup = setup
        self._producer = _new_producer(setup)

    def connect(self) -> None:
        """Reach the broker, and fence and abort what an earlier run of this instance left open.

        Raises:
            ServerUnreachableError: No broker answered.
            TopicMissingError: The pages or the changelog have no topic.
            OwnershipLostError: Another process took the transactional id at this very moment.
            CommitFailedError: The broker knows of no transactions, or does not begin any.
        """
        require_topics(self._producer, self._setup)
        try:
            _persist(_new_deadline(), self._producer.init_transactions)
        except KafkaException as error:
            raise _sorted(error, "Transactions could not be begun") from error

    def send(self, batch: SealedBatch) -> dict[int, int]:
        """Commit a batch; a bounded number of times, while the broker wants it aborted.

        Raises:
            OwnershipLostError: The batch belongs to a membership that is over; nothing of it was committed.
            CommitFailedError: It was not committed, or the outcome is unknown.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._attempt(batch)
            except KafkaException as error:
                self._abort_or_raise(error, last=attempt == _ATTEMPTS)
        raise AssertionError("the last attempt returns or raises")

    def _attempt(self, batch: SealedBatch) -> dict[int, int]:
        deadline = _new_deadline()
        self._producer.begin_transaction()
        offsets = produce_all(self._producer, batch, self._setup.changelog_topic, None)
        # The next owner of a partition reads the changelog up to its end as of the new generation. No offset of ours
        # may be accepted before, with the records that belong to it arriving after.
        if self._producer.flush(COMMIT_SECONDS):
            raise CommitFailedError("The broker did not take the batch's records in time.")
        positions = [
            TopicPartition(self._setup.pages_topic, number, position.offset, position.progress)
            for number, position in batch.positions.items()
        ]
        membership = group_metadata(self._setup.group, batch.membership)
        _persist(deadline, self._producer.send_offsets_to_transaction, positions, membership)
        _persist(deadline, self._producer.commit_transaction)
        return offsets

    def _abort_or_raise(self, error: KafkaException, *, last: bool) -> None:
        reason: KafkaError = error.args[0]
        if reason.txn_requires_abort():
            try:
                _persist(_new_deadline(), self._producer.abort_transaction)
            except KafkaException as abort_error:
                raise _sorted(abort_error) from error
        if last or reason.code() in _OWNERSHIP_LOST or not reason.txn_requires_abort():
            raise _sorted(error) from error


class PlainSender:
    """Idempotent records, then (by the caller) offsets: at least once."""

    commits_offsets = False

    def __init__(self, setup: WorkerSetup) -> None:
        self._setup = setup
        self._producer = _new_producer(setup)
        self._failure: KafkaError | None = None

    def connect(self) -> None:
        """Reach the broker, or raise ServerUnreachableError or TopicMissingError."""
        require_topics(self._producer, self._setup)

    def send(self, batch: SealedBatch) -> dict[int, int]:
        """Send a batch and wait until the broker has all of it.

        Raises:
            CommitFailedError: It has not.
        """
        offsets = produce_all(self._producer, batch, self._setup.changelog_topic, self._note_failure)
        if self._producer.flush(_FLUSH_SECONDS) or self._failure is not None:
            raise CommitFailedError(f"The broker did not take a batch: {self._failure or 'no answer in time'}.")
        return offsets

    def _note_failure(self, error: KafkaError | None, _message: Message) -> None:
        self._failure = error or self._failure


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


def _new_producer(setup: WorkerSetup) -> Producer:
    options = producer_options(setup.kafka, setup.transactional_id, {"client.id": setup.transactional_id})
    return Producer(options, logger=logger)


def _new_deadline() -> float:
    return time.monotonic() + COMMIT_SECONDS


def _persist(deadline: float, call: Callable[..., None], *arguments: object) -> None:
    """Make a call whose last argument is a timeout, again and again while the broker says that this may help."""
    while True:
        try:
            call(*arguments, max(0.1, deadline - time.monotonic()))
        except KafkaException as error:
            if not error.args[0].retriable() or time.monotonic() > deadline:
                raise
            time.sleep(_AGAIN_SECONDS)
        else:
            return


def _sorted(error: KafkaException, what: str = "A batch could not be committed") -> StaylineError:
    reason: KafkaError = error.args[0]
    if reason.code() in _OWNERSHIP_LOST:
        return OwnershipLostError(f"The broker fenced this worker; its open batch is discarded ({reason.name()}).")
    return CommitFailedError(f"{what}: {reason.str()} ({reason.name()}).")
