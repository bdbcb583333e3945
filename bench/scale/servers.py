"""A broker of its own with everything that workers read: topics, a model, the clock, customers and purchases."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from confluent_kafka import Producer

from bench.kit.broker import PARTITIONS, BenchmarkBroker
from bench.kit.process import standing_still
from bench.kit.purchases import PURCHASES, GeneratedPurchase
from bench.kit.topics import prepare, publish_pages
from bench.scale.population import Population
from bench.scale.worker import Worker
from schemas.events.raw_events import RAW_TOPICS
from schemas.pages.page import Headers, Page, encode_headers
from schemas.pages.watermark import PartitionProgress, Progress
from schemas.settings.processes import WorkerSettings
from schemas.topics import INTERACTIONS, changelog_topic

_POLL_SECONDS: Final = 0.05
_SETTLE_SECONDS: Final = 120.0


class ScaleServers:
    """A broker with topics and purchases, and the workers that read them."""

    def __init__(self, bootstrap_servers: str, folder: Path) -> None:
        """Begin with no topic.

        Args:
            bootstrap_servers: Of the broker.
            folder: For the workers' logs and stores.
        """
        self.bootstrap_servers = bootstrap_servers
        self._folder = folder
        self._broker = BenchmarkBroker(bootstrap_servers)

    def prepare(self, model: bytes) -> None:
        """Create the topics and publish a model."""
        prepare(self._broker, model)

    def worker(self, name: str) -> Worker:
        """A worker that is not started yet."""
        environment = {
            "STAYLINE_KAFKA__BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "STAYLINE_KAFKA__INTERACTIONS_PARTITIONS": str(PARTITIONS),
            "STAYLINE_RISK__MODEL_WAIT_SECONDS": "0",
        }
        return Worker(name, environment, self._folder)

    def tell_clock(self, clock: int) -> None:
        """Carry a moment to every partition, as intake does where nothing happens."""
        self._broker.fill(INTERACTIONS, ((number, None, b"", _heartbeat(clock), 0) for number in range(PARTITIONS)))

    def publish(self, purchases: Sequence[GeneratedPurchase]) -> None:
        """Publish purchases on pages."""
        publish_pages(self._broker, purchases)

    def publish_before(self, workers: Iterable[Worker], purchases: Sequence[GeneratedPurchase]) -> None:
        """Publish purchases while the workers are held still, so that all of them wait when the workers go on."""
        with standing_still(workers):
            self.publish(purchases)

    def settle(self, population: Population) -> None:
        """Write the customers to the changelog, as a worker that had folded their lives would have.

        Raises:
            RuntimeError: The broker did not take them in time.
        """
        topic = changelog_topic(WorkerSettings().application_id)
        producer = Producer(
            {
                "bootstrap.servers": self.bootstrap_servers,
                "compression.type": "lz4",
                "linger.ms": 20,
                "partitioner": "murmur2_random",
            }
        )
        for name, state in population.records():
            while True:
                try:
                    producer.produce(topic, state, name)
                    break
                except BufferError:
                    producer.poll(_POLL_SECONDS)
        if producer.flush(_SETTLE_SECONDS):
            raise RuntimeError("the broker did not take the customers in time")


def _heartbeat(clock: int) -> Headers:
    read, untouched = [PartitionProgress(clock, idle=False)], [PartitionProgress(0, idle=True)]
    progress: Progress = {topic: [*(read if topic == PURCHASES else untouched)] for topic in RAW_TOPICS}
    return encode_headers(Page("bench", 0, clock, progress))


def wait_for(what: Callable[[], bool], described: str, seconds: float, every: float = _POLL_SECONDS) -> None:
    """Return once something is so.

    Args:
        what: Asked again and again.
        described: What it is, for the message.
        seconds: How long to wait at most.
        every: Seconds between two questions; answering them takes time from the work.

    Raises:
        RuntimeError: It is not so in time.
    """
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{described}: not within {seconds:.0f} s")
        time.sleep(every)
