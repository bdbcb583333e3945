"""The steps of forgetting; the same command again goes through all of them again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex
from threading import Event
from typing import Final

import msgspec

from runtime.kafka.admin import TopicClient
from runtime.kafka.offsets import OffsetClient, Place
from runtime.kafka.producer import PlainProducer
from runtime.kafka.topic_identity import topic_ids
from runtime.kafka.topic_reader import read_topic
from schemas.errors import FatalError, UsageError
from schemas.events.dead_letter import DeadLetter, decode_dead_letter, encode_dead_letter
from schemas.events.forgetting import Forgetting, digest_of, encode_forgetting
from schemas.pages.page import Page, encode_headers
from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import WorkerSettings
from schemas.topics import (
    CUSTOMER_TOPICS,
    DEAD_LETTERS,
    DESK_AUDIT,
    FORGOTTEN,
    INTERACTIONS,
    RAW_TOPICS,
    intake_group,
    sink_group,
)
from streams.forget.dead_letters import CustomerMention
from streams.forget.forgotten import read_forgettings
from streams.intake.partition import partition_of_key

_SALT_BYTES: Final = 16  # as many as BLAKE2b takes
_LONGEST_ID: Final = 128


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The outcome of a run.

    Attributes:
        dead_letters: Number of dead letters that named the customer, and do no more.
        waiting_for: The process that has not done its part yet; empty where all have.
    """

    dead_letters: int
    waiting_for: str = ""


class Forgetter:
    """Asks every process to forget a customer, and waits until they have."""

    def __init__(self, kafka: KafkaSettings, worker: WorkerSettings, *, patience_seconds: float, stop: Event) -> None:
        """Connect, and find the topics.

        Args:
            kafka: Where Kafka is.
            worker: Names the groups.
            patience_seconds: How long intake, worker and sink are waited for, each.
            stop: Set when the process must end.

        Raises:
            ServerUnreachableError: Kafka does not answer.
            UsageError: A topic is missing.
        """
        self._kafka, self._name, self._patience, self._stop = kafka, worker.application_id, patience_seconds, stop
        self._offsets = OffsetClient(kafka)
        self._counts = TopicClient(kafka).partition_counts([*RAW_TOPICS, *CUSTOMER_TOPICS, FORGOTTEN])
        self._producer = PlainProducer(kafka, stop)

    def forget(self, customer_id: str, tell: Callable[[str], None]) -> Forgotten:
        """Forget a customer.

        Args:
            customer_id: Who; it need not be known whether there is such a customer.
            tell: Told what is waited for.

        Raises:
            UsageError: It can be no customer's id.
            FatalError: Intake has not read what was published before; nothing but the cut was written.
            ServerUnreachableError: Kafka does not answer.
            Stopped: The process was told to end.
        """
        if not 1 <= len(customer_id) <= _LONGEST_ID:
            raise UsageError(f"a customer id has 1 to {_LONGEST_ID} characters, not {len(customer_id)}")
        ends = self._offsets.ends(self._places(RAW_TOPICS))
        self._write_cut(customer_id, ends)
        tell("waiting until intake has read what was published before")
        self._wait_for_intake(ends)
        home = partition_of_key(customer_id, self._counts[INTERACTIONS])
        headers = encode_headers(Page(source="forget", lines=0, clock=0, progress={}, forgets=customer_id))
        offset = self._producer.write(INTERACTIONS, b"", customer_id.encode(), partition=home, headers=headers)
        tell("waiting for the worker")
        if self._wait_for(self._name, {(INTERACTIONS, home): offset + 1}):
            return Forgotten(0, "the worker")
        self._producer.write(DESK_AUDIT, b"", customer_id.encode(), partition=0)
        dead_letters = self._forget_dead_letters(CustomerMention(customer_id))
        tell("waiting for the sink")
        behind = self._wait_for(sink_group(self._name), self._offsets.ends(self._places(CUSTOMER_TOPICS)))
        return Forgotten(dead_letters, "the sink" if behind else "")

    def _write_cut(self, customer_id: str, ends: dict[Place, int]) -> None:
        known = read_forgettings(self._kafka, f"{self._name}-forget", self._stop)
        salt = next(iter(known.salts), None) or token_hex(_SALT_BYTES)
        digest = digest_of(customer_id, salt)
        cut = Forgetting(
            digest=digest,
            salt=salt,
            asked_at=datetime.now(UTC),
            below={topic: [ends[topic, number] for number in range(self._counts[topic])] for topic in RAW_TOPICS},
            topic_ids=topic_ids(self._kafka, RAW_TOPICS),
        )
        self._producer.write(FORGOTTEN, encode_forgetting(cut), digest.encode(), partition=0)

    def _wait_for_intake(self, ends: dict[Place, int]) -> None:
        """Return once no intake will write anything from before the cut; one that starts from now on knows it."""
        group = intake_group(self._name)
        if not self._offsets.members(group):
            return
        behind = self._wait_for(group, ends)
        if behind:
            topic, number = min(behind)
            raise FatalError(
                f"intake has not read {topic}, partition {number}, up to offset {ends[topic, number]} within "
                f"{self._patience:g} s; once it has, run this again"
            )

    def _forget_dead_letters(self, mention: CustomerMention) -> int:
        """Take back the dead letters that name the customer, and return their number."""
        latest: dict[bytes, bytes] = {}
        end = self._offsets.ends([(DEAD_LETTERS, 0)])[DEAD_LETTERS, 0]
        for message in read_topic(self._kafka, f"{self._name}-forget", DEAD_LETTERS, {0: end}, self._stop):
            key, value = message.key() or b"", message.value() or b""
            if value and mention.names(_decode(value)):
                latest[key] = value
            else:
                latest.pop(key, None)
        for key, value in latest.items():
            left = mention.without(_decode(value))
            self._producer.write(DEAD_LETTERS, b"" if left is None else encode_dead_letter(left), key, partition=0)
        return len(latest)

    def _places(self, topics: tuple[str, ...]) -> list[Place]:
        return [(topic, number) for topic in topics for number in range(self._counts[topic])]

    def _wait_for(self, group: str, needed: dict[Place, int]) -> set[Place]:
        return self._offsets.wait_for(group, needed, self._patience, self._stop)


def _decode(value: bytes) -> DeadLetter:
    try:
        return decode_dead_letter(value)
    except msgspec.DecodeError as error:
        raise FatalError(f"a record on {DEAD_LETTERS} cannot be read: {error}") from None
