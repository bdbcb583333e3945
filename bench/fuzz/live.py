"""Byte strings through a running intake: what each became, by where it lay."""

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from bench.fuzz.mutations import STAMPED_AT, Mutations
from deploy.demo.processes.pipeline import stayline
from deploy.local.process import ServerProcess
from runtime.kafka.options import client_options, consumer_options
from schemas.events.dead_letter import decode_dead_letter
from schemas.moments import to_ms
from schemas.pages.page import decode_lines
from schemas.settings.connections import KafkaSettings

Coordinates = tuple[str, int, int]
"""Raw topic, partition and offset."""

_RESULTS: Final = ("interactions", "dead_letters")
_STALL_SECONDS: Final = 180.0
_QUIET_SECONDS: Final = 2.0
_LARGE_MESSAGE: Final = 4 * 1024 * 1024


@dataclass
class LiveOutcome:
    """Results of publishing all cases.

    Attributes:
        seconds: From the first publication to the last result.
        counts: Lines, and dead letters by reason.
        missing: Published, and neither a line nor a dead letter.
        repeated: More than one line or dead letter.
        unknown: Lines and dead letters of nothing that was published here.
    """

    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    missing: set[Coordinates] = field(default_factory=set)
    repeated: set[Coordinates] = field(default_factory=set)
    unknown: int = 0


class _Results:
    """Reads what intake has committed since this was opened."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._consumer = Consumer(consumer_options(kafka, uuid4().hex))
        self._consumer.assign([place for topic in _RESULTS for place in self._ends(topic)])
        self.seen: Counter[Coordinates] = Counter()
        self.counts: Counter[str] = Counter()
        self.grew_at = time.monotonic()

    def _ends(self, topic: str) -> list[TopicPartition]:
        partitions = self._consumer.list_topics(topic, timeout=10).topics[topic].partitions
        places = [TopicPartition(topic, number) for number in partitions]
        return [TopicPartition(place.topic, place.partition, self._end(place)) for place in places]

    def _end(self, place: TopicPartition) -> int:
        """Ask until the leader of a partition that was made just now answers."""
        deadline = time.monotonic() + _STALL_SECONDS
        while True:
            try:
                end: int = self._consumer.get_watermark_offsets(place, timeout=10)[1]
            except KafkaException:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return end

    def read(self) -> None:
        """Take in what is there now."""
        for message in self._consumer.consume(500, 0.1):
            if message.error() is not None:
                continue
            value = message.value() or b""
            if message.topic() == "dead_letters":
                letter = decode_dead_letter(value)
                self._note((letter.topic, letter.partition, letter.offset), letter.reason)
            else:
                for line in decode_lines(value):
                    self._note((line.source_topic, line.source_partition, line.source_offset), "taken")

    def _note(self, place: Coordinates, what: str) -> None:
        self.seen[place] += 1
        self.counts[what] += 1
        self.grew_at = time.monotonic()

    def close(self) -> None:
        """Leave."""
        self._consumer.close()


def fuzz_intake(kafka: KafkaSettings, cases: int, seed: int, folder: Path) -> LiveOutcome:
    """Publish random and mutated bytes, run an intake over them, and see what each became.

    Args:
        kafka: With topics whose raw ones hold nothing else.
        cases: How many byte strings.
        seed: Of the bytes.
        folder: For the intake's log.
    """
    results, began = _Results(kafka), time.monotonic()
    environment = {
        "STAYLINE_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "STAYLINE_KAFKA__INTERACTIONS_PARTITIONS": str(kafka.interactions_partitions),
        "STAYLINE_WORKER__APPLICATION_ID": f"fuzz-{uuid4().hex[:8]}",
        "STAYLINE_OBSERVE__PORT": "0",
    }
    with ServerProcess("intake", stayline("intake"), folder / "fuzzed-intake.log", environment):
        published = _publish(kafka, cases, seed)
        results.grew_at = time.monotonic()
        while len(results.seen) < cases and time.monotonic() - results.grew_at < _STALL_SECONDS:
            results.read()
        seconds = results.grew_at - began
        while time.monotonic() - results.grew_at < _QUIET_SECONDS:
            results.read()
    results.close()
    return LiveOutcome(
        seconds=seconds,
        counts=results.counts,
        missing=published - results.seen.keys(),
        repeated={place for place, times in results.seen.items() if times > 1},
        unknown=len(results.seen.keys() - published),
    )


def _publish(kafka: KafkaSettings, cases: int, seed: int) -> set[Coordinates]:
    """Publish, and return where everything lies."""
    published: set[Coordinates] = set()

    def delivered(error: KafkaError | None, message: Message) -> None:
        if error is not None:
            raise RuntimeError(f"a case could not be published: {error.str()}")
        published.add((message.topic() or "", message.partition() or 0, message.offset() or 0))

    producer = Producer({**client_options(kafka), "message.max.bytes": _LARGE_MESSAGE, "linger.ms": 5})
    mutations = Mutations(seed)
    for case in range(cases):
        topic, value = mutations.draw()
        while True:
            try:
                producer.produce(topic, value, b"%d" % case, on_delivery=delivered, timestamp=to_ms(STAMPED_AT))
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    producer.flush(60)
    return published
