"""A log played through processes on a broker of its own, some of which are killed on the way."""

import logging
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

from bench.chaos.supervise import ProcessSupervisor, Supervised
from bench.replay.layout import Kill, Layout
from bench.replay.progress import RecordCounter
from bench.replay.results import results_on
from deploy.local.kafka import KafkaCluster
from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import WorkerSettings
from streams.publish.publish import Publisher, publish
from streams.topics import create_topics
from tests.kit.results import Results

_PATIENCE_SECONDS: Final = 180.0
_QUIET_SECONDS: Final = 3.0
_MODEL_WAIT_SECONDS: Final = 600
"""Longer than a learner takes that is killed and started again on a busy machine."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Played:
    """Outcome of a run.

    Attributes:
        layout: In which the log was played.
        results: Every score, alert and answer.
        seconds: From the first process's start to the last record.
        kills: Processes that were killed, by kind.
        exits: Processes that ended by themselves before they were told to, by instance and exit code.
    """

    layout: Layout
    results: Results
    seconds: float
    kills: Counter[str]
    exits: Counter[tuple[str, int]]


def play(layout: Layout, lines: Sequence[bytes], expected: Results, kills: Sequence[Kill], folder: Path) -> Played:
    """Play a log to its end, or until nothing has moved for three minutes.

    Args:
        layout: Processes and partitions.
        lines: Raw events, in time order.
        expected: Records that follow from the log.
        kills: To be done on the way, the first first.
        folder: For data and logs.

    Raises:
        LocalServerError: The broker did not start.
    """
    with ExitStack() as opened:
        broker = opened.enter_context(KafkaCluster(1, folder))
        kafka = KafkaSettings(
            bootstrap_servers=broker.bootstrap_servers, interactions_partitions=layout.customer_partitions
        )
        create_topics(kafka, WorkerSettings())
        began = time.monotonic()
        run = _Run(kafka, layout, sum(map(len, expected.values())), list(kills))
        opened.callback(run.supervisor.close)
        run.start(folder)
        publish(Publisher(kafka, "event", uuid4().hex), lines)
        last = run.follow()
        run.stop()
        return Played(layout, results_on(kafka, expected), last - began, run.kills, run.exits())


@dataclass
class _Run:
    kafka: KafkaSettings
    layout: Layout
    expected: int
    pending: list[Kill]
    supervisor: ProcessSupervisor = field(default_factory=ProcessSupervisor)
    kills: Counter[str] = field(default_factory=Counter)

    def start(self, folder: Path) -> None:
        """Start every process, and keep it running."""
        environment = {
            "STAYLINE_KAFKA__BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers,
            "STAYLINE_WORKER__DATA_FOLDER": str(folder / "customers"),
            "STAYLINE_RISK__MODEL_WAIT_SECONDS": str(_MODEL_WAIT_SECONDS),
            **self.layout.variables(),
        }
        for instance in self.layout.instances:
            kind = instance.partition("-")[0]
            self.supervisor.start(Supervised(kind, instance, folder / "logs", environment))

    def follow(self) -> float:
        """Kill as drawn until all records are there; return the moment of the last one, by the monotonic clock."""
        moved, count = time.monotonic(), 0
        with closing(RecordCounter(self.kafka)) as counter:
            while True:
                seen, now = counter.count(), time.monotonic()
                if seen > count:
                    moved, count = now, seen
                self._kill(count / self.expected)
                if now - moved > (_QUIET_SECONDS if count >= self.expected else _PATIENCE_SECONDS):
                    return moved

    def _kill(self, share: float) -> None:
        while self.pending and self.pending[0].after <= share:
            kill = self.pending.pop(0)
            victim = next(one for one in self.supervisor.running if one.instance == kill.instance)
            _log.info("%s: %.0f %% are there; kill %s", self.layout.name, 100 * share, kill.instance)
            victim.kill()
            self.kills[victim.kind] += 1

    def stop(self) -> None:
        """End every process in the order of the journey."""
        for instance in self.layout.instances:
            self.supervisor.stop(instance)

    def exits(self) -> Counter[tuple[str, int]]:
        """Count ends that nobody asked for."""
        found: Counter[tuple[str, int]] = Counter()
        for process in self.supervisor.ever():
            found.update({(process.instance, code): count for code, count in process.exit_codes.items()})
        return found
