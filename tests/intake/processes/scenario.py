"""Fresh topics, publishers and intakes for one test on a real broker, and what readers of the topics see."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import NewTopic  # type: ignore[attr-defined]

from runtime.kafka.offsets import OffsetClient
from runtime.kafka.options import IDEMPOTENT
from runtime.service.clock import wall_clock_ms
from schemas.events.dead_letter import DeadLetter, decode_dead_letter
from schemas.events.interaction import Interaction
from schemas.events.raw_events import RAW_TOPICS
from schemas.moments import to_ms
from schemas.pages.page import Page, decode_headers, decode_lines
from schemas.pages.watermark import Watermark
from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import IntakeSettings, ObserveSettings
from schemas.settings.risk import MoneySettings
from schemas.topics import intake_group
from streams.intake import run_intake
from tests.intake.messages import NOON, purchase
from tests.intake.processes.intake_process import run
from tests.kit.forks import Fork, logged
from tests.kit.topics import delete, make_anew
from tests.kit.waiting import PATIENCE_SECONDS, UNHURRIED, wait_until

RAW_PARTITIONS = 3
PARTITIONS = 4

SIZES = {**dict.fromkeys(RAW_TOPICS, RAW_PARTITIONS), "interactions": PARTITIONS, "dead_letters": 2}

SOON_GIVEN_UP: Final[dict[str, Any]] = {"session_timeout_seconds": 3, "transaction_timeout_seconds": 2}
"""Settings of an intake whose partitions another one is to get soon after it was killed or paused."""


def kafka_settings(bootstrap_servers: str, **changes: object) -> KafkaSettings:
    """Settings with which a live member is not given up however slow the machine is."""
    return KafkaSettings.model_validate(
        {
            "bootstrap_servers": bootstrap_servers,
            "interactions_partitions": PARTITIONS,
            **UNHURRIED,
            **changes,
        }
    )


class Reader:
    """Reads all partitions of a topic from its beginning, committed messages only."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap_servers,
                "group.id": uuid.uuid4().hex,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 50,
                "fetch.message.max.bytes": 4 * 1024 * 1024,
            }
        )
        self._consumer.assign(
            [TopicPartition(name, n, 0) for name in ("interactions", "dead_letters") for n in range(SIZES[name])]
        )
        self.pages: list[tuple[int, Page]] = []
        self.late: list[Interaction] = []
        self._watermarks = [Watermark() for _ in range(PARTITIONS)]
        self.events: list[tuple[int, str]] = []
        self.letters: list[DeadLetter] = []

    def read(self) -> "Reader":
        """Take in what is there now."""
        for message in self._consumer.consume(500, 0.1):
            value = message.value() or b""
            if message.topic() == "dead_letters":
                self.letters.append(decode_dead_letter(value))
            else:
                page = decode_headers(dict(message.headers() or []))  # type: ignore[arg-type]
                self._fold(message.partition() or 0, page, decode_lines(value))
        return self

    def _fold(self, partition: int, page: Page, lines: list[Interaction]) -> None:
        """Do as a worker does: lines first, then the clock that covers them."""
        watermark = self._watermarks[partition]
        self.late += [line for line in lines if to_ms(line.stamped_at) <= watermark.clock]
        watermark.merge(page.progress)
        self.pages.append((partition, page))
        self.events += [(partition, line.event_id) for line in lines]

    def close(self) -> None:
        """Leave."""
        self._consumer.close()

    @property
    def clocks(self) -> list[int]:
        """The clock of each partition, merged from all pages."""
        return [watermark.clock for watermark in self._watermarks]

    @property
    def times_seen(self) -> Counter[int]:
        """Number of events by the number of times that each was seen."""
        return Counter(Counter(event_id for _, event_id in self.events).values())


class IntakeScenario:
    """One application on topics that are empty when it begins."""

    def __init__(self, bootstrap_servers: str, folder: Path) -> None:
        self.bootstrap_servers = bootstrap_servers
        self.application_id = f"intake-{uuid.uuid4().hex[:8]}"
        self._folder = folder
        # Tests name messages by their offsets; without idempotence a retry on a topic made just now changes the order.
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap_servers,
                **IDEMPOTENT,
                "linger.ms": 2,
                "message.max.bytes": 4_194_304,
            }
        )
        self._children: list[Fork] = []
        self.reader = self._on_fresh_topics()

    def _on_fresh_topics(self) -> Reader:
        raw = {"retention.ms": "-1", "max.message.bytes": "2097152"}
        wide = {"max.message.bytes": "4194304"}
        topics = [
            NewTopic(name, partitions, 1, config=raw if name in RAW_TOPICS else wide)
            for name, partitions in SIZES.items()
        ]
        make_anew(self.bootstrap_servers, topics)
        return Reader(self.bootstrap_servers)

    def delete_topics(self) -> None:
        """Leave the broker as it was."""
        delete(self.bootstrap_servers, list(SIZES))

    def publish(
        self, values: Iterable[bytes | None], topic: str = "purchases", at: int = NOON, apart_ms: int = 0
    ) -> None:
        """Publish values over the raw partitions of a topic, all at one time or each by milliseconds later."""
        for number, value in enumerate(values):
            time_ms = at + number * apart_ms
            self._producer.produce(topic, value, key=b"k", partition=number % RAW_PARTITIONS, timestamp=time_ms)
        assert self._producer.flush(PATIENCE_SECONDS) == 0

    def publish_purchases(self, first: int, number: int) -> None:
        """Publish numbered purchases of some hundred customers, one each millisecond after noon."""
        values = (purchase(f"e{event}", f"c-{event % 300}") for event in range(first, first + number))
        self.publish(values, at=NOON + first, apart_ms=1)

    @contextmanager
    def intake(self, *, now_ms: Callable[[], int] = wall_clock_ms, port: int = 0, **kafka: object) -> Iterator[None]:
        """Run an intake in a thread while the block runs, and raise what it raised."""
        stop, errors = Event(), []

        def run() -> None:
            try:
                run_intake(
                    kafka=kafka_settings(self.bootstrap_servers, **kafka),
                    money=MoneySettings(),
                    intake=IntakeSettings(heartbeat_milliseconds=50, idle_seconds=0.3),
                    observe=ObserveSettings(port=port),
                    application_id=self.application_id,
                    instance="1",
                    stop=stop,
                    now_ms=now_ms,
                )
            except Exception as error:  # noqa: BLE001 - raised again in the test's own thread
                errors.append(error)

        thread = Thread(target=run, name="intake")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive(), "intake did not stop"
        if errors:
            raise errors[0]

    def start(self, instance: str = "1", **kafka: object) -> Fork:
        """Start an intake as a process of its own."""
        settings = kafka_settings(self.bootstrap_servers, **kafka)
        log = self._folder / f"intake-{instance}.log"
        child = Fork(run, settings, self.application_id, instance, files=logged(log))
        self._children.append(child)
        return child

    def see_events(self, number: int) -> None:
        """Wait until so many different events are seen."""
        seen = self.reader.events
        wait_until(
            lambda: len({name for _, name in self.reader.read().events}) >= number,
            f"{number} events seen",
            moved=lambda: len(seen),
        )

    def members(self) -> int:
        """Return how many intakes share the raw partitions; one that sleeps counts until it is given up."""
        return OffsetClient(kafka_settings(self.bootstrap_servers)).members(intake_group(self.application_id))

    def close(self) -> None:
        """End what was started."""
        for child in self._children:
            child.kill()
            child.wait()
        self.reader.close()
        self.delete_topics()
