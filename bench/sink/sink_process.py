"""The sink, run again and again from the beginning of one topic, and ClickHouse without it."""

import re
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.kit.broker import PARTITIONS, BenchmarkBroker, Message
from bench.kit.process import MeasuredProcess
from deploy.demo.processes.pipeline import stayline
from deploy.local.ports import reserve_port
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from schemas.settings.processes import SinkSettings, WorkerSettings
from schemas.topics import INTERACTIONS
from sinks.clickhouse.client import open_client
from sinks.clickhouse.migrate import migrate
from sinks.load.insert import insert
from streams.topics import create_topics

_RUN_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.05
_STORED: Final = re.compile(r'^stayline_sink_rows_total\{table="interactions"\} (\S+)', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SinkRun:
    """Figures of one run of the sink, from its first insert to its last."""

    rows_per_second: float
    cpu_seconds_per_million: float


def renamed(pages: Sequence[tuple[int, bytes]], copy: int) -> Iterator[tuple[int, bytes]]:
    """The pages with events of other names, so that ClickHouse has to keep them all."""
    name = b'"event_id":"copy-%d-' % copy
    return ((number, value.replace(b'"event_id":"purchase-', name)) for number, value in pages)


class SinkBenchmark:
    """Servers on which the sink runs, again and again, from the beginning of the same topic."""

    def __init__(self, broker: BenchmarkBroker, clickhouse: ClickHouseSettings, folder: Path) -> None:
        """Begin with no topic.

        Args:
            broker: The broker's.
            clickhouse: Where the databases are made, one a run.
            folder: For logs.
        """
        self._broker = broker
        self._clickhouse = clickhouse
        self._folder = folder

    def lay(self, pages: Iterator[tuple[int, bytes]]) -> None:
        """Write the pages."""
        kafka = KafkaSettings(bootstrap_servers=self._broker.bootstrap_servers, interactions_partitions=PARTITIONS)
        create_topics(kafka, WorkerSettings(application_id="bench"))
        messages: Iterator[Message] = ((number, None, value, [], 0) for number, value in pages)
        self._broker.fill(INTERACTIONS, messages)

    def run_sink(self, name: str, rows: int) -> SinkRun:
        """Let ``stayline sink`` store everything."""
        port = reserve_port()
        environment = {
            "STAYLINE_KAFKA__BOOTSTRAP_SERVERS": self._broker.bootstrap_servers,
            "STAYLINE_CLICKHOUSE__URL": self._clickhouse.url,
            "STAYLINE_CLICKHOUSE__DATABASE": name,
            "STAYLINE_WORKER__APPLICATION_ID": name,
            "STAYLINE_OBSERVE__PORT": str(port),
        }
        with MeasuredProcess("stayline sink", stayline("sink"), self._folder / f"{name}.log", environment) as sink:
            run = _watch(sink, port, rows)
        self._drop(name)
        return run

    def insert_directly(self, name: str, blocks: Sequence[Sequence[bytes]]) -> float:
        """Insert blocks of pages, as large as the sink's; rows a second."""
        settings = self._clickhouse.model_copy(update={"database": name})
        migrate(settings)
        rows = sum(page.count(b"\n") for block in blocks for page in block)
        with open_client(settings) as client:
            began = time.monotonic()
            for block in blocks:
                insert(client, settings, "interactions", *block)
            seconds = time.monotonic() - began
        self._drop(name)
        return rows / seconds

    def _drop(self, database: str) -> None:
        """Let no merge of one run slow the next."""
        with open_client(self._clickhouse, database="") as client:
            client.command(f"DROP DATABASE {database} SYNC")


def blocks_of(pages: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Pages gathered as the sink gathers them for one insert."""
    limits = SinkSettings()
    block, rows, size = [], 0, 0
    for page in pages:
        block.append(page)
        rows += page.count(b"\n")
        size += len(page)
        if rows >= limits.batch_rows or size >= limits.batch_bytes:
            yield block
            block, rows, size = [], 0, 0
    if block:
        yield block


def _watch(sink: MeasuredProcess, port: int, rows: int) -> SinkRun:
    """Look at the sink's own count from the first insert to the last."""
    deadline = time.monotonic() + _RUN_SECONDS
    first: tuple[float, float, int] | None = None
    while time.monotonic() < deadline:
        if not sink.running:
            raise RuntimeError(f"stayline sink ended; see {sink.log}")
        stored, now = _stored(port), time.monotonic()
        if stored and first is None:
            first = now, sink.cpu_seconds(), stored
        if first is not None and stored >= rows:
            began, cpu_seconds, before = first
            timed = stored - before
            return SinkRun(timed / (now - began), (sink.cpu_seconds() - cpu_seconds) / timed * 1e6)
        time.sleep(_POLL_SECONDS)
    raise RuntimeError(f"stayline sink did not store {rows} rows in {_RUN_SECONDS:g} s")


def _stored(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            found = _STORED.search(answer.read().decode())
    except OSError:
        return 0
    return int(float(found[1])) if found else 0
