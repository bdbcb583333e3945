"""A disk that is full under ClickHouse holds the sink up, and costs no row."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import Consumer, TopicPartition

from deploy.local.ports import reserve_port
from deploy.local.process import ServerProcess
from runtime.kafka.options import client_options
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from tests.integration.stack import LocalPipeline
from tests.kit.waiting import PATIENCE_SECONDS
from tests.sinks.running import answer
from tests.startup.written_pages import CUSTOMERS, PARTITION, write_page

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("damage"), pytest.mark.takes(10)]

DATABASE = "full"
TOO_MUCH = 10**18
"""Bytes that no disk has free: with them as its threshold, ClickHouse takes the disk for full."""


@dataclass
class Sink:
    """A sink with a database and offsets of its own."""

    pipeline: LocalPipeline
    process: ServerProcess
    port: int
    client: Client

    def stored(self) -> tuple[int, int]:
        """Rows under FINAL, and distinct events."""
        (row,) = self.client.query("SELECT count(), uniqExact(event_id) FROM interactions FINAL").result_rows
        return row[0], row[1]

    def committed(self) -> tuple[int, int]:
        """The next offset of the partition that is written to, and its end."""
        consumer = Consumer({**client_options(self.pipeline.kafka), "group.id": f"{DATABASE}-sink"})
        (place,) = consumer.committed([TopicPartition("interactions", PARTITION)], timeout=PATIENCE_SECONDS)
        _, end = consumer.get_watermark_offsets(place, timeout=PATIENCE_SECONDS)
        consumer.close()
        return place.offset, end

    def has_all(self) -> bool:
        """Return True if it has committed all that was written."""
        offset, end = self.committed()
        return offset == end

    def lines(self, words: str) -> list[str]:
        """Return the lines of its log with these words."""
        return [line for line in self.process.log.read_text().splitlines() if words in line]

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Let ClickHouse have no room within the block."""
        setting = "min_free_disk_bytes_to_perform_insert"
        self.client.command(f"ALTER TABLE interactions MODIFY SETTING {setting} = {TOO_MUCH}")
        yield
        self.client.command(f"ALTER TABLE interactions RESET SETTING {setting}")


@pytest.fixture
def sink(pipeline: LocalPipeline) -> Iterator[Sink]:
    port = reserve_port()
    names = {"CLICKHOUSE__DATABASE": DATABASE, "WORKER__APPLICATION_ID": DATABASE}
    process = pipeline.start("sink", "full-1", **names, SINK__MAX_PAUSE_SECONDS="1", OBSERVE__PORT=str(port))
    assert pipeline.wait_until(lambda: answer(port, "ready")[0] == 200)
    with open_client(ClickHouseSettings(url=pipeline.clickhouse.url, database=DATABASE)) as client:
        yield Sink(pipeline, process, port, client)
    process.stop()
    pipeline.forget(process)


def test_a_full_disk_is_said_and_waited_for_and_then_everything_is_stored_once(sink: Sink) -> None:
    write_page(sink.pipeline, 101)
    assert sink.pipeline.wait_until(sink.has_all)
    rows, (offset, _) = sink.stored()[0], sink.committed()

    with sink.full_disk():
        for number in range(102, 112):
            write_page(sink.pipeline, number)
        assert sink.pipeline.wait_until(lambda: len(sink.lines("next try in")) >= 3)
        status, why = answer(sink.port, "ready")
        assert (status, "has no room left" in why) == (503, True)
        assert answer(sink.port, "live")[0] == 200
        assert (sink.committed(), sink.stored()[0]) == ((offset, offset + 10), rows)

    assert sink.pipeline.wait_until(lambda: sink.stored() == (rows + 10 * CUSTOMERS,) * 2)
    assert sink.pipeline.wait_until(sink.has_all)
    assert answer(sink.port, "ready")[0] == 200
    assert len(sink.lines("has no room left")) == len(sink.lines("next try in"))
    assert "ClickHouse is back after" in sink.lines("sinks.load.outage")[-1]
