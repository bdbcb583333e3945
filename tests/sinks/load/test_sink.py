"""The sink against real servers: nothing lost, nothing doubled, whatever goes away."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import Consumer, Producer, TopicPartition

from deploy.local.clickhouse import ClickHouse
from deploy.local.ports import reserve_port
from runtime.kafka.options import consumer_options
from schemas.errors import FatalError, ServerUnreachableError
from schemas.events.dead_letter import Refusal, dead_letter_of, encode_dead_letter
from schemas.events.interaction import encode_interaction
from schemas.pages.page import encode_lines
from schemas.records.encode import encode_record
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from schemas.settings.processes import ObserveSettings, SinkSettings
from schemas.topics import STORED_TOPICS
from sinks.clickhouse.client import open_client
from sinks.clickhouse.migrate import migrate
from sinks.load.sink import run_sink
from tests.kit.waiting import PATIENCE_SECONDS, PROMPTLY_SECONDS, wait_until
from tests.sinks.records import NOON, alert, decision, example, hole, look_at, outcome, purchase, score
from tests.sinks.running import PARTITIONS, Background, answer, metrics

pytestmark = [pytest.mark.servers, pytest.mark.takes(30)]

QUICK = SinkSettings(batch_seconds=0.1, max_pause_seconds=0.5, batch_rows=2000)


@contextmanager
def sinking(kafka: KafkaSettings, clickhouse: ClickHouseSettings, *, port: int = 0) -> Iterator[Background]:
    with Background(
        run_sink, kafka, clickhouse, QUICK, ObserveSettings(port=port), application_id="test"
    ) as background:
        yield background


class Pages:
    """Writes pages of purchases in transactions, as an intake does, with heartbeats and tombstones between them."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._producer = Producer({"bootstrap.servers": kafka.bootstrap_servers, "transactional.id": "pages"})
        self._producer.init_transactions(PATIENCE_SECONDS)
        self.events = 0

    def write(self, pages: int, lines: int = 100) -> None:
        """One transaction of so many pages."""
        self._producer.begin_transaction()
        for page in range(pages):
            events = [purchase(f"e{self.events + line}", f"c{line}") for line in range(lines)]
            self.events += lines
            value = encode_lines([encode_interaction(event) for event in events])
            self._producer.produce("interactions", value, partition=page % PARTITIONS)
            self._producer.produce("interactions", b"", partition=page % PARTITIONS)
            self._producer.produce("interactions", None, partition=page % PARTITIONS)
        self._producer.commit_transaction(PATIENCE_SECONDS)

    def write_and_abort(self) -> None:
        """A transaction that never happened."""
        self._producer.begin_transaction()
        self._producer.produce("interactions", encode_interaction(purchase("aborted")), partition=0)
        self._producer.abort_transaction(PATIENCE_SECONDS)

    def write_record(self, topic: str, value: bytes) -> None:
        """One record elsewhere."""
        self._producer.begin_transaction()
        self._producer.produce(topic, value)
        self._producer.commit_transaction(PATIENCE_SECONDS)


def distinct(client: Client) -> tuple[int, int]:
    (row,) = client.query("SELECT count(), uniqExact(event_id) FROM interactions FINAL").result_rows
    return row[0], row[1]


def committed(kafka: KafkaSettings) -> dict[tuple[str, int], tuple[int, int]]:
    """The group's offset and the end of every partition."""
    consumer = Consumer(consumer_options(kafka, "test-sink"))
    places = [TopicPartition(topic, partition) for topic in STORED_TOPICS for partition in range(PARTITIONS)]
    found = {
        (place.topic, place.partition): (
            max(place.offset, 0),
            consumer.get_watermark_offsets(place, timeout=PATIENCE_SECONDS)[1],
        )
        for place in consumer.committed(places, timeout=PATIENCE_SECONDS)
    }
    consumer.close()
    return found


def _has_one_row(client: Client, table: str) -> bool:
    return bool(client.command(f"SELECT count() FROM {table}") == 1)  # noqa: S608


def test_every_topic_arrives_in_its_table_and_is_committed_to_its_end(
    kafka_settings: KafkaSettings, database: ClickHouseSettings, client: Client
) -> None:
    pages = Pages(kafka_settings)
    pages.write(30)
    pages.write_and_abort()
    letter = dead_letter_of(
        Refusal("not_json", "?"), topic="purchases", partition=0, offset=0, refused_at=NOON, key=b"", value=b"\xff"
    )
    pages.write_record("dead_letters", encode_dead_letter(letter))
    pages.write_record("risk_scores", encode_record(score()))
    pages.write_record("training_examples", encode_record(example("c1", left=True, risk=0.5)))
    pages.write_record("alerts", encode_record(alert()))
    pages.write_record("decisions", encode_record(decision()))
    pages.write_record("outcomes", encode_record(outcome()))
    pages.write_record("desk_audit", encode_record(look_at()))
    pages.write_record("holes", encode_record(hole()))
    with sinking(kafka_settings, database):
        wait_until(lambda: distinct(client)[0] == pages.events)
        for table in STORED_TOPICS[1:]:
            wait_until(partial(_has_one_row, client, table))
        wait_until(lambda: all(offset == end for offset, end in committed(kafka_settings).values()))
    assert distinct(client) == (3000, 3000)


def test_a_hole_that_every_partition_tells_of_is_one_row(
    kafka_settings: KafkaSettings, database: ClickHouseSettings, client: Client
) -> None:
    pages = Pages(kafka_settings)
    for _ in range(3):
        pages.write_record("holes", encode_record(hole()))
    pages.write_record("holes", encode_record(hole(topic="returns")))
    with sinking(kafka_settings, database):
        wait_until(lambda: client.command("SELECT count() FROM holes FINAL") == 2)
        wait_until(lambda: all(offset == end for offset, end in committed(kafka_settings).values()))
    found = client.query("SELECT topic, starts_at, ends_at, missing FROM holes FINAL ORDER BY topic").result_rows
    one = hole()
    assert found == [(topic, one.starts_at, one.ends_at, one.missing) for topic in ("purchases", "returns")]


def test_while_clickhouse_is_away_the_sink_waits_says_so_and_loses_nothing(
    kafka_settings: KafkaSettings, tmp_path: Path
) -> None:
    pages, port = Pages(kafka_settings), reserve_port()
    with ClickHouse(tmp_path) as server:
        database = ClickHouseSettings(url=server.url)
        migrate(database)
        with sinking(kafka_settings, database, port=port) as background:
            pages.write(10)
            with open_client(database) as client:
                wait_until(lambda: distinct(client)[0] == pages.events)
            assert answer(port, "ready") == (200, "ok")
            server.kill()
            for _ in range(10):
                pages.write(30)
                time.sleep(0.2)
            wait_until(lambda: answer(port, "ready")[0] == 503)
            assert f"ClickHouse at {server.url} does not serve" in answer(port, "ready")[1]
            assert answer(port, "live") == (200, "ok")
            assert background.error is None
            server.start()
            pages.write(10)
            with open_client(database) as client:
                wait_until(lambda: distinct(client)[0] == pages.events)
        with open_client(database) as client:
            assert distinct(client) == (pages.events, pages.events)
    assert background.error is None


def test_sinks_that_come_and_go_lose_and_double_nothing(
    kafka_settings: KafkaSettings, database: ClickHouseSettings, client: Client
) -> None:
    pages = Pages(kafka_settings)
    with sinking(kafka_settings, database) as first:
        pages.write(60)
        with sinking(kafka_settings, database) as second:
            pages.write(60)
            first.stop.set()
            pages.write(60)
            wait_until(lambda: distinct(client)[0] == pages.events)
    assert distinct(client) == (18_000, 18_000)
    assert (first.error, second.error) == (None, None)


def test_told_to_stop_the_sink_stores_and_commits_what_it_has_read(
    kafka_settings: KafkaSettings, database: ClickHouseSettings, client: Client
) -> None:
    Pages(kafka_settings).write(3)
    patient = SinkSettings(batch_seconds=10 * PATIENCE_SECONDS)

    def reads_all_within(seconds: float) -> bool:
        with Background(
            run_sink, kafka_settings, database, patient, ObserveSettings(port=0), application_id="test"
        ) as background:
            before = distinct(client)
            time.sleep(seconds)
            assert distinct(client) == before
            began = time.monotonic()
            background.stop.set()
            background.wait_for_end()
            assert time.monotonic() - began < PROMPTLY_SECONDS
        places = [place for (topic, _), place in committed(kafka_settings).items() if topic == "interactions"]
        stored = 100 * sum(offset == end for offset, end in places)
        assert distinct(client) == (stored, stored)
        return stored == 300

    assert any(reads_all_within(seconds) for seconds in (2, 10, 100))


def test_a_record_that_does_not_fit_stops_the_sink_before_it_is_committed(
    kafka_settings: KafkaSettings, database: ClickHouseSettings
) -> None:
    Pages(kafka_settings).write_record("alerts", b'{"no_such_field": 1}')
    with sinking(kafka_settings, database) as background:
        background.wait_for_end()
    assert isinstance(background.error, FatalError)
    assert "inserting into alerts" in str(background.error)
    assert all(offset == 0 for (topic, _), (offset, _) in committed(kafka_settings).items() if topic == "alerts")


def test_a_sink_without_servers_does_not_start(kafka_settings: KafkaSettings) -> None:
    with sinking(kafka_settings, ClickHouseSettings(url="http://127.0.0.1:1")) as background:
        background.wait_for_end()
    assert isinstance(background.error, ServerUnreachableError)


def test_the_sink_shows_its_figures(kafka_settings: KafkaSettings, database: ClickHouseSettings) -> None:
    port = reserve_port()
    Pages(kafka_settings).write(3)
    with sinking(kafka_settings, database, port=port):
        wait_until(lambda: 'stayline_sink_rows_total{table="interactions"} 300.0' in metrics(port))
        wait_until(lambda: 'stayline_sink_lag_messages{partition="0",topic="interactions"} 0.0' in metrics(port))
        wait_until(lambda: answer(port, "ready") == (200, "ok"))
        shown = metrics(port)
    assert 'stayline_sink_delay_seconds_count{table="interactions"} 3.0' in shown
    assert "stayline_sink_last_commit_timestamp_seconds 1." in shown
