"""A pipeline on local servers whose processes can be started late, paused and ended."""

import os
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

from confluent_kafka import Producer

from bench.chaos.checks.reading import read_messages
from deploy.demo.processes.pipeline import environment_for, stayline
from deploy.local.ports import reserve_port
from deploy.local.process import ServerProcess
from runtime.kafka.options import IDEMPOTENT, client_options
from schemas.records.learner_notes import is_learner_note
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from schemas.settings.processes import WorkerSettings
from sinks.clickhouse.migrate import migrate
from streams.publish.publish import Clock, Publisher, publish
from streams.topics import create_topics
from streams.worker.engine.shard_feed import FEED_KEY
from tests.kit.forks import launch_fork, run_fork
from tests.kit.results import RESULT_TOPICS, Results, owner_of
from tests.kit.servers import SharedServers
from tests.kit.waiting import LEISURELY, PATIENCE_SECONDS, SLOW_MACHINE, Patience

CHANGELOG: Final = "stayline-customers-changelog"
CUSTOMER_PARTITIONS: Final = 6
RAW_PARTITIONS: Final = 3
"""Every partition of every topic costs a broker files when it is made and deleted, and its readers requests."""

LOOK_SECONDS: Final = 1.0
"""Most looks read a whole topic or ask ClickHouse, which takes a processor from what is waited for."""


NO_WAIT: Final = {"STAYLINE_RISK__MODEL_WAIT_SECONDS": "0"}
"""Of workers that are tested without a learner, for whose models they would wait."""


class LocalPipeline:
    """Servers, topics and tables, and the processes that a test asks for."""

    def __init__(self, servers: SharedServers, folder: Path, customer_partitions: int = CUSTOMER_PARTITIONS) -> None:
        """Prepare topics and tables.

        Args:
            servers: With nothing on them.
            folder: For logs and customers.
            customer_partitions: Over how many partitions customers are spread.
        """
        self.folder = folder
        self.environment = {**environment_for(servers.addresses, folder), **SLOW_MACHINE, **LEISURELY, **NO_WAIT}
        self.environment["STAYLINE_KAFKA__INTERACTIONS_PARTITIONS"] = str(customer_partitions)
        self.environment["STAYLINE_KAFKA__RAW_PARTITIONS"] = str(RAW_PARTITIONS)
        self.kafka = KafkaSettings(
            bootstrap_servers=servers.kafka.bootstrap_servers,
            raw_partitions=RAW_PARTITIONS,
            interactions_partitions=customer_partitions,
        )
        self.clickhouse = ClickHouseSettings(url=servers.clickhouse.url)
        self._processes: dict[str, ServerProcess] = {}
        self.prepare()

    def prepare(self, application_id: str = "stayline") -> None:
        """Make the topics of an application, and tables in a database of its name."""
        create_topics(self.kafka, WorkerSettings(application_id=application_id))
        migrate(ClickHouseSettings(url=self.clickhouse.url, database=application_id))

    def run(
        self,
        *words: str,
        check: bool = True,
        text: bytes | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, with standard input and variables of its own."""
        environment = {"STAYLINE_OBSERVE__PORT": str(reserve_port()), **self.environment, **(variables or {})}
        ended = run_fork(words, {**_path(), **environment}, text="" if text is None else text.decode())
        if check:
            ended.check_returncode()
        return ended

    def start(self, kind: str, instance: str, **settings: str) -> ServerProcess:
        """Start a process; settings are named as variables without their prefix."""
        environment = {
            **self.environment,
            "STAYLINE_INSTANCE": instance,
            "STAYLINE_OBSERVE__PORT": str(reserve_port()),
            **{f"STAYLINE_{name}": value for name, value in settings.items()},
        }
        process = ServerProcess(
            f"{kind} {instance}", stayline(kind), self.log(instance), environment, launch=launch_fork
        )
        process.start()
        self._processes[instance] = process
        return process

    def log(self, instance: str) -> Path:
        """Return the path of a process's log."""
        return self.folder / "logs" / f"{instance}.log"

    def publish(self, lines: Iterable[bytes], clock: Clock) -> int:
        """Publish a history."""
        return publish(Publisher(self.kafka, clock, uuid4().hex), lines).events

    def produce(self, topic: str, values: Iterable[bytes | None]) -> None:
        """Publish anything at all."""
        options = {**client_options(self.kafka), **IDEMPOTENT, "message.max.bytes": 4_000_000}
        producer = Producer(options)
        for value in values:
            producer.produce(topic, value)
        assert producer.flush(PATIENCE_SECONDS) == 0

    def states(self) -> dict[bytes, bytes]:
        """The latest state of each customer, from the changelog."""
        return {key: state for key, state in self.read(CHANGELOG) if key != FEED_KEY}

    def examples(self) -> list[bytes]:
        """All that lies on ``training_examples``."""
        return [value for _, value in self.read("training_examples")]

    def read(self, topic: str) -> Iterator[tuple[bytes, bytes]]:
        """Read what is committed on a topic, from its beginning to its present end, without tombstones and markers."""
        messages = read_messages(self.kafka, topic)
        records = ((one.key() or b"", one.value()) for one in messages if not is_learner_note(one.headers()))
        return ((key, value) for key, value in records if value is not None)

    def read_all(self, topic: str) -> Iterator[tuple[bytes, bytes | None]]:
        """Read what is committed on a topic, from its beginning to its present end."""
        for message in read_messages(self.kafka, topic):
            yield message.key() or b"", message.value()

    def wait_until(self, happened: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
        """Wait for something, and say whether it has happened; a process that ends meanwhile fails the test."""
        patience = Patience(seconds)
        while not patience.is_over():
            if happened():
                return True
            for process in self._processes.values():
                assert not process.exit_code, f"{process.name} ended: {process.log.read_text()[-2000:]}"
            time.sleep(LOOK_SECONDS)
        return happened()

    def forget(self, process: ServerProcess) -> None:
        """Expect nothing more of a process."""
        self._processes = {name: other for name, other in self._processes.items() if other is not process}

    def kill(self, instance: str) -> None:
        """End a process as a power failure would, and expect nothing more of it."""
        self._processes.pop(instance).kill()

    def stop_all(self) -> None:
        """End every process, and expect nothing more of any."""
        self.stop()
        self._processes = {}

    def stop(self) -> None:
        """End every process."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            process.stop()


def results_of(pipeline: LocalPipeline) -> Results:
    """Every record that workers have written and that follows from the log, by topic and customer."""
    found: dict[tuple[str, str], list[bytes]] = defaultdict(list)
    for topic in RESULT_TOPICS:
        for key, value in pipeline.read(topic):
            found[topic, owner_of(topic, key, value)].append(value)
    return dict(found)


@contextmanager
def local_pipeline(
    servers: SharedServers, folder: Path, customer_partitions: int = CUSTOMER_PARTITIONS
) -> Iterator[LocalPipeline]:
    """A pipeline whose processes, topics and tables end with the block."""
    with servers.cleared():
        pipeline = LocalPipeline(servers, folder, customer_partitions)
        try:
            yield pipeline
        finally:
            pipeline.stop()


def _path() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("STAYLINE_")}
