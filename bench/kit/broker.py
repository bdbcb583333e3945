"""One broker with the load on it, and what comes out of a contestant, timed by the broker's own clock."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import Consumer, IsolationLevel, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec  # type: ignore[attr-defined]

from bench.kit.process import MeasuredProcess
from runtime.kafka.options import IDEMPOTENT

PARTITIONS: Final = 4

BROKER_TIME: Final = {"message.timestamp.type": "LogAppendTime"}
"""Of a topic whose records the broker stamps when it takes them."""

_POLL_SECONDS: Final = 0.1
STILL_SECONDS: Final = 1.2
"""Longer than a contestant takes to make durable what it has scored, so that this is charged to it, too."""

_RUN_SECONDS: Final = 150.0
_ANSWER_SECONDS: Final = 20.0
_WARM_SHARE: Final = 0.1
_AT_ONCE: Final = 1_000

Message = tuple[int | None, str | None, bytes, Sequence[tuple[str, bytes]], int]
"""Partition (None: by the key), key, value, headers, timestamp (0: now)."""


@dataclass(frozen=True, slots=True)
class Output:
    """One record that a contestant wrote, and when the broker took it, ms since 1970."""

    appended: int
    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class EngineRun:
    """Figures of one run of one contestant.

    Attributes:
        events_per_second: From a tenth of the outputs to the last, by the broker's clock.
        cpu_seconds_per_million: Processor time of the contestant's processes a million events, over the same stretch
            and until what belongs to it is durable.
        peak_megabytes: The most memory that they held, together; None where there is no process of its own.
    """

    events_per_second: float
    cpu_seconds_per_million: float
    peak_megabytes: float | None


@dataclass(frozen=True, slots=True)
class _Sample:
    written: int
    cpu_seconds: float


class BenchmarkBroker:
    """A broker's topics, as a comparison needs them."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.bootstrap_servers = bootstrap_servers
        self._admin = self._connected()

    def create(self, topic: str, **config: str) -> None:
        """Create a topic with the comparison's partitions."""
        (answer,) = self._admin.create_topics([NewTopic(topic, PARTITIONS, 1, config=config)]).values()
        answer.result(30)

    def fill(self, topic: str, messages: Iterable[Message]) -> None:
        """Write messages once and in order: lz4, by the key where no partition is given."""
        refused: list[str] = []
        producer = Producer(
            {
                "bootstrap.servers": self.bootstrap_servers,
                "compression.type": "lz4",
                "linger.ms": 20,
                **IDEMPOTENT,
                "partitioner": "murmur2_random",
                "queue.buffering.max.messages": 1_000_000,
            }
        )
        for partition, key, value, headers, timestamp in messages:
            place = -1 if partition is None else partition
            producer.produce(
                topic,
                value,
                key,
                place,
                on_delivery=lambda error, _: refused.append(error.str()) if error else None,
                headers=list(headers),
                timestamp=timestamp,
            )
            producer.poll(0)
        if producer.flush(60) or refused:
            raise RuntimeError(f"the broker did not take the load: {', '.join(refused[:1]) or 'not in time'}")

    def ends(self, topic: str) -> dict[int, int]:
        """The offsets at the ends of a topic's partitions.

        Raises:
            RuntimeError: The broker does not say.
        """
        deadline = time.monotonic() + _ANSWER_SECONDS
        while True:
            try:
                return self._ends(topic)
            except KafkaException as error:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"the broker does not say where {topic} ends: {error}") from None
                # Once a leader has changed, a client goes on asking with the former one's epoch.
                self._admin = self._connected()
                time.sleep(_POLL_SECONDS)

    def _ends(self, topic: str) -> dict[int, int]:
        asked = {TopicPartition(topic, number): OffsetSpec.latest() for number in range(PARTITIONS)}  # type: ignore[no-untyped-call]
        answers = self._admin.list_offsets(asked, isolation_level=IsolationLevel.READ_UNCOMMITTED)
        return {one.partition: answer.result(30).offset for one, answer in answers.items()}

    def _connected(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.bootstrap_servers})

    def time(
        self,
        processes: Sequence[MeasuredProcess],
        events: int,
        topic: str,
        begin: Mapping[int, int],
        ahead: Sequence[MeasuredProcess] = (),
    ) -> tuple[EngineRun, list[Output]]:
        """Wait until processes have written what follows from the events, and say how they did.

        Args:
            processes: The contestant's, just started.
            events: How many events they read.
            topic: Where they write at least one record an event.
            begin: The topic's ends before they were started.
            ahead: The contestant's, too, but further on in the events than the outputs are: their processor time is
                counted from now on, over all events.

        Returns:
            How they did, and what they wrote, in the order of each partition.

        Raises:
            RuntimeError: They ended, or did not write all of it in time.
        """
        ahead_before = _cpu_seconds(ahead)
        samples = self._watch(processes, events, topic, sum(begin.values()))
        last = samples[-1]
        # All outputs may come between two samples; what was used before the first of them is then counted, too.
        warm_samples = [sample for sample in samples if sample.written >= last.written * _WARM_SHARE]
        first = warm_samples[0] if warm_samples[0].written < last.written else samples[0]
        ahead_share = (_cpu_seconds(ahead) - ahead_before) / events
        outputs = list(self._read(topic, begin))
        appended = sorted(output.appended for output in outputs)
        warm = appended[int(len(appended) * _WARM_SHARE)]
        timed = events * (1 - appended.index(warm) / len(appended))
        measured = events * (last.written - first.written) / last.written
        run = EngineRun(
            events_per_second=timed / max(appended[-1] - warm, 1) * 1000,
            cpu_seconds_per_million=((last.cpu_seconds - first.cpu_seconds) / measured + ahead_share) * 1e6,
            peak_megabytes=sum(process.peak_megabytes() for process in (*processes, *ahead)),
        )
        return run, outputs

    def _watch(self, processes: Sequence[MeasuredProcess], events: int, topic: str, before: int) -> list[_Sample]:
        """Samples from the first output to the last, and one when all that belongs to it is done."""
        deadline = time.monotonic() + _RUN_SECONDS
        still_since = time.monotonic()
        samples = [_Sample(0, _cpu_seconds(processes))]
        while samples[-1].written < events or time.monotonic() - still_since < STILL_SECONDS:
            if time.monotonic() > deadline:
                names = " and ".join(process.name for process in processes)
                raise RuntimeError(f"{names} wrote {samples[-1].written} of {events} scores in time")
            time.sleep(_POLL_SECONDS)
            for process in processes:
                if not process.running:
                    raise RuntimeError(process.why_ended())
            written = sum(self.ends(topic).values()) - before
            if written > samples[-1].written:
                samples.append(_Sample(written, _cpu_seconds(processes)))
                still_since = time.monotonic()
        return [*samples, _Sample(samples[-1].written, _cpu_seconds(processes))]

    def _read(self, topic: str, begin: Mapping[int, int]) -> Iterator[Output]:
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap_servers,
                "group.id": "bench-reader",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 10,
            }
        )
        consumer.assign([TopicPartition(topic, number, offset) for number, offset in begin.items()])
        ended: set[int | None] = set()
        while len(ended) < PARTITIONS:
            for message in consumer.consume(_AT_ONCE, _POLL_SECONDS):
                key: Any = message.key()
                if message.error() is not None:
                    ended.add(message.partition())
                else:
                    yield Output(message.timestamp()[1], key.decode().strip('"'), message.value() or b"")
        consumer.close()


def _cpu_seconds(processes: Iterable[MeasuredProcess]) -> float:
    return sum(process.cpu_seconds() for process in processes)
