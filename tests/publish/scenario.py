"""Publishes to a real broker, in this process or in one that is told to end, and counts what came there."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from confluent_kafka import KafkaException

from bench.chaos.checks.reading import has_open_transactions, read_messages
from deploy.demo.processes.pipeline import stayline
from deploy.local.kafka import KafkaCluster
from runtime.service.signals import Interrupts
from schemas.events.history import HistoryLine
from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import WorkerSettings
from streams.publish.publish import Publisher
from streams.topics import create_topics
from tests.kit.silence import silence
from tests.kit.waiting import exit_code, wait_until

TOPIC: Final = "purchases"
TRANSACTION_SECONDS: Final = 10


class PublishScenario:
    """Publishing on topics of its own, in this process and in others."""

    def __init__(self, cluster: KafkaCluster) -> None:
        """Make the topics where they are missing."""
        self.cluster = cluster
        self.kafka = KafkaSettings(
            bootstrap_servers=cluster.bootstrap_servers,
            interactions_partitions=4,
            raw_partitions=3,
            transaction_timeout_seconds=TRANSACTION_SECONDS,
        )
        create_topics(self.kafka, WorkerSettings())
        self._before = 0
        self._before = self.settled()
        self._children: list[subprocess.Popen[str]] = []

    @property
    def there(self) -> int:
        """Number of events that everybody sees and that were not there at the beginning."""
        return sum(1 for _ in read_messages(self.kafka, TOPIC)) - self._before

    def settled(self) -> int:
        """Wait until no transaction is open, and count as ``there`` does.

        A commit returns before the broker has marked every partition, and what is not marked is not seen.
        """
        wait_until(self._no_transaction_is_open, "no transaction is open")
        return self.there

    def _no_transaction_is_open(self) -> bool:
        try:
            return not has_open_transactions(self.kafka, (TOPIC,))
        except KafkaException:  # a topic just made has no leader yet
            return False

    def publisher(self, interrupts: Interrupts | None = None, **changes: object) -> Publisher:
        """A publisher in this process."""
        return Publisher(self.kafka.model_copy(update=changes), "now", os.urandom(4).hex(), interrupts)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start ``stayline publish -``, which is given lines and no end."""
        child = subprocess.Popen(
            stayline("publish", "-", *words),
            env={**os.environ, "STAYLINE_KAFKA__BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers},
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._children.append(child)
        return child

    def feed(self, child: subprocess.Popen[str], events: int) -> None:
        """Give it lines, and return when a first batch is there."""
        self.write(child, events)
        wait_until(lambda: self.there or child.poll() is not None, "a batch is there")

    @staticmethod
    def write(child: subprocess.Popen[str], events: int) -> None:
        """Give it lines."""
        assert child.stdin is not None
        child.stdin.write("".join(f"{line(number).decode()}\n" for number in range(events)))
        child.stdin.flush()

    @staticmethod
    def end(child: subprocess.Popen[str], number: signal.Signals) -> tuple[int, list[str]]:
        """Tell it to end, and return with which code and words it did."""
        child.send_signal(number)
        assert child.stderr is not None
        said = child.stderr.read().splitlines()
        return exit_code(child), [one for one in said if "━" not in one and one.strip()]

    @contextmanager
    def silent(self, seconds: float) -> Iterator[None]:
        """Let the broker answer nobody for so long, or until the block has ended."""
        resume = silence(self.cluster, seconds)
        try:
            yield
        finally:
            resume.cancel()
            self.cluster.resume(1)

    def close(self) -> None:
        """End what still runs."""
        for child in self._children:
            child.kill()
            with suppress(BrokenPipeError):
                child.communicate()


def line(number: int, size: int = 0) -> bytes:
    """A purchase as far as a publisher looks at it."""
    event = {"type": "purchase", "event_id": f"e-{number}", "customer_id": f"c-{number}"}
    return json.dumps({**event, "note": os.urandom(size).hex()}).encode()


def lines(events: int) -> list[HistoryLine]:
    """A batch."""
    return [HistoryLine(TOPIC, line(number), None) for number in range(events)]
