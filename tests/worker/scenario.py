"""Topics, pages and worker processes for one test, and what the world can see of them afterwards."""

import random
import signal
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import NewTopic  # type: ignore[attr-defined]

from tests.kit.forks import Fork, logged
from tests.kit.topics import make_anew
from tests.kit.waiting import PATIENCE_SECONDS, UNHURRIED, exit_code, wait_until
from tests.worker.toy_worker import ILL, POISON, aside_topic, outputs_topic, run

PARTITIONS = 4
LINES_A_PAGE = 100


SOON_GIVEN_UP: Final[dict[str, Any]] = {"session_timeout_seconds": 5.0, "transaction_timeout_seconds": 5.0}
"""Settings of a worker whose partitions another one is to get soon after it was killed or paused."""


class WorkerScenario:
    """One application with topics of its own."""

    def __init__(self, bootstrap_servers: str, folder: Path) -> None:
        self.bootstrap_servers = bootstrap_servers
        self.application_id = f"toy-{uuid.uuid4().hex[:8]}"
        self.pages = f"{self.application_id}-pages"
        self.changelog = f"{self.application_id}-customers-changelog"
        self.outputs = outputs_topic(self.application_id)
        self.folder = folder
        self.wanted: Counter[bytes] = Counter()
        self._published = 0
        self._random = random.Random(7)  # noqa: S311 — seeded load
        self._workers: list[Fork] = []
        self._offsets = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": self.application_id})
        self._create_topics()

    def _create_topics(self) -> None:
        compacted = {"cleanup.policy": "compact"}
        topics = [
            NewTopic(self.pages, PARTITIONS, 1),
            NewTopic(self.outputs, 2, 1),
            NewTopic(aside_topic(self.application_id), 1, 1),
            NewTopic(self.changelog, PARTITIONS, 1, config=compacted),
        ]
        make_anew(self.bootstrap_servers, topics)

    def publish(self, pages: int) -> None:
        """Send pages in transactions, as intake does, so that control records stand between them."""
        producer = Producer(
            {"bootstrap.servers": self.bootstrap_servers, "transactional.id": f"{self.application_id}-intake"}
        )
        producer.init_transactions(PATIENCE_SECONDS)
        for number in range(self._published, self._published + pages):
            if number % 7 == 0 or number == self._published:
                if number > self._published:
                    producer.commit_transaction(PATIENCE_SECONDS)
                producer.begin_transaction()
            keys = [b"p%d-%d" % (number % PARTITIONS, self._random.randrange(300)) for _ in range(LINES_A_PAGE)]
            self.wanted.update(keys)
            producer.produce(self.pages, b"\n".join(keys), partition=number % PARTITIONS)
        producer.commit_transaction(PATIENCE_SECONDS)
        self._published += pages

    def poison(self, partition: int) -> None:
        """Send a page that the engine raises on."""
        producer = Producer({"bootstrap.servers": self.bootstrap_servers})
        producer.produce(self.pages, b"x", partition=partition, headers={"kind": POISON})
        producer.flush(PATIENCE_SECONDS)

    def fall_ill(self, partition: int) -> None:
        """Send a page with a customer whom the engine cannot review."""
        producer = Producer({"bootstrap.servers": self.bootstrap_servers})
        producer.produce(self.pages, ILL, partition=partition)
        producer.flush(PATIENCE_SECONDS)

    def start(self, instance: str = "1", **settings: Any) -> Fork:  # noqa: ANN401 — any setting
        """Start a worker process."""
        arguments = {
            "bootstrap_servers": self.bootstrap_servers,
            "application_id": self.application_id,
            "pages_topic": self.pages,
            "instance": instance,
            "folder": str(self.folder / instance),
            **UNHURRIED,
            **settings,
        }
        worker = Fork(run, arguments, files=logged(self.log(instance)))
        self._workers.append(worker)
        return worker

    def log(self, instance: str) -> Path:
        """Name the file with what a worker's processes have logged."""
        return self.folder / f"{instance}.log"

    def last_word(self, instance: str) -> str:
        """Return the one line in which a worker said why it ended."""
        return [line for line in self.log(instance).read_text().splitlines() if " CRITICAL " in line][-1]

    def folded(self) -> int:
        """Count the pages committed, as the shards' progress says."""
        asked = [TopicPartition(self.pages, number) for number in range(PARTITIONS)]
        return sum(int(one.metadata or 0) for one in self._offsets.committed(asked, timeout=PATIENCE_SECONDS))

    def wait_until_folded(self, pages: int | None = None) -> None:
        """Wait until this many pages (None: all) are committed."""
        wanted = self._published if pages is None else pages
        wait_until(lambda: self.folded() >= wanted, f"{wanted} pages folded", moved=self.folded)

    def states(self) -> Counter[bytes]:
        """Read the changelog as a recovering worker would."""
        states: Counter[bytes] = Counter()
        for key, value in self._read(self.changelog, PARTITIONS):
            states[key] = int(value)
        return states

    def emitted(self) -> Counter[bytes]:
        """Sum up the outputs as a downstream reader would."""
        outputs: Counter[bytes] = Counter()
        for key, value in self._read(self.outputs, 2):
            outputs[key] += int(value)
        return outputs

    def aside(self) -> list[tuple[bytes, bytes]]:
        """Read the pages set aside, each with the traceback."""
        return list(self._read(aside_topic(self.application_id), 1))

    def _read(self, topic: str, partitions: int) -> Iterator[tuple[bytes, bytes]]:
        reader = Consumer(
            {
                "bootstrap.servers": self.bootstrap_servers,
                "group.id": f"{self.application_id}-reader",
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
                "enable.auto.commit": False,
            }
        )
        reader.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(partitions)])
        ended: set[int | None] = set()
        while len(ended) < partitions:
            message = reader.poll(PATIENCE_SECONDS)
            assert message is not None
            if message.error() is not None:
                ended.add(message.partition())
                continue
            key, value = message.key(), message.value()
            assert isinstance(key, bytes)
            assert isinstance(value, bytes)
            yield key, value
        reader.close()

    def close(self) -> None:
        """End every worker still running."""
        for worker in self._workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGCONT)
                worker.kill()
            exit_code(worker)
        self._offsets.close()


def terminate(worker: Fork) -> int:
    """Ask a worker to end as an operator does, and return its exit code."""
    worker.terminate()
    return exit_code(worker)
