"""The board over a real broker and database: it begins where the tables end, and shows what is written at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from desk.board.live import LiveBoard
from desk.writing.entries import EntryBy
from desk.writing.publisher import EventPublisher
from runtime.kafka.admin import TopicClient
from runtime.kafka.offsets import CommittedOffset, OffsetClient
from runtime.kafka.producer import PlainProducer
from schemas.records.decisions import RetentionDecision
from schemas.records.encode import encode_record
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from schemas.topics import sink_group
from tests.desk.reading.tables import Tables
from tests.kit.waiting import becomes_true
from tests.sinks.records import action, alert_of_decision, decision
from tests.sinks.running import Background

pytestmark = pytest.mark.servers

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


def of_today(number: int, **fields: Any) -> RetentionDecision:  # noqa: ANN401 - any field
    times = {"decided_at": NOW - HOUR, "do_after": NOW - HOUR, "due_by": NOW + 24 * HOUR}
    return decision(f"c{number}", decision_id=f"d{number}", **(times | fields))


class Servers:
    """A broker and a database in which a sink has stored some of what the broker has."""

    def __init__(self, kafka: KafkaSettings, clickhouse: ClickHouseSettings) -> None:
        self.kafka, self.clickhouse, self.application_id = kafka, clickhouse, f"desk{uuid4().hex[:8]}"
        self._producer = PlainProducer(kafka)

    def publish(self, topic: str, record: object, key: str) -> None:
        """Publish a record as the worker does."""
        self._producer.write(topic, None if record is None else encode_record(record), key.encode(), partition=0)

    def store_up_to(self, topic: str, offset: int) -> None:
        """Say that the sink has stored the records below an offset."""
        places = {(topic, 0): CommittedOffset(offset, "")}
        OffsetClient(self.kafka).set_committed(sink_group(self.application_id), places)

    @contextmanager
    def board(self) -> Iterator[LiveBoard]:
        """A board that follows them, once it has been filled."""
        live = LiveBoard(self.kafka, self.clickhouse, self.application_id)
        with Background(live.run) as running:
            assert becomes_true(lambda: live.is_ready)
            yield live
        assert running.error is None


@pytest.fixture
def servers(broker: KafkaSettings, database: ClickHouseSettings) -> Servers:
    return Servers(broker, database)


def shown(live: LiveBoard) -> list[str]:
    return sorted(entry.decision.decision_id for entry in live.queue(None, datetime.now(UTC)))


def test_the_board_goes_on_where_the_tables_end(servers: Servers, tables: Tables) -> None:
    tables.decisions(of_today(1), of_today(2), of_today(3))
    tables.alerts(alert_of_decision("d2", state="cleared", ended_by="purchase"))
    tables.events(action("a1", "c3", decision_id="d3", result="snoozed", occurred_at=NOW, until=NOW + 20 * HOUR))
    for number in (1, 2, 3, 4):
        servers.publish("decisions", of_today(number), f"c{number}")
    servers.store_up_to("decisions", 3)

    with servers.board() as live:
        assert becomes_true(lambda: shown(live) == ["d1", "d4"])
        assert [entry.decision.decision_id for entry in live.waiting(None, datetime.now(UTC))] == ["d3"]


def test_arrivals_and_ends_are_seen_as_they_happen(servers: Servers) -> None:
    with servers.board() as live:
        place = live.place
        servers.publish("decisions", of_today(1), "c1")
        servers.publish("decisions", of_today(2), "c2")
        assert becomes_true(lambda: shown(live) == ["d1", "d2"])
        servers.publish("alerts", alert_of_decision("d1", "c1", state="cleared", ended_by="purchase"), "c1")
        servers.publish("decisions", None, "c2")
        assert becomes_true(lambda: shown(live) == [])

        changes = live.news(place).changes
        assert changes is not None
        assert sorted((one.kind, one.decision_id) for one in changes) == [
            ("arrived", "d1"),
            ("arrived", "d2"),
            ("ended", "d1"),
            ("ended", "d2"),
        ]


def test_who_claims_sees_it_at_once_and_so_does_everybody_else(servers: Servers, tables: Tables) -> None:
    tables.decisions(of_today(1))
    publisher = EventPublisher(servers.kafka)
    with servers.board() as mine, servers.board() as others:
        told: list[str] = []
        with others.listening(lambda: told.append(others.place)):
            place = publisher.publish(EntryBy("ann", NOW, "form-1").action(of_today(1), "claimed", until=NOW + HOUR))
            assert mine.wait_for(place.topic, place.partition, place.offset, 10)
            entry = mine.entry("d1")
            assert entry is not None
            assert entry.handling.holder(NOW) == "ann"
            assert becomes_true(lambda: told)
        entry = others.entry("d1")
        assert entry is not None
        assert entry.handling.holder(NOW) == "ann"


def test_a_place_in_the_changes_of_an_earlier_process_asks_for_the_page_anew(servers: Servers) -> None:
    with servers.board() as former:
        place = former.place
        assert former.news(place).changes == ()
    with servers.board() as live:
        for known in (place, "", "x-1", place.partition("-")[0], f"{live.place.partition('-')[0]}-²"):
            assert live.news(known).changes is None


def test_bytes_that_are_no_event_are_left_out(servers: Servers) -> None:
    producer = PlainProducer(servers.kafka)
    with servers.board() as live:
        for value in (b"", b"\xff", b"{}", b'{"decision_id": 1}'):
            for topic in ("actions_taken", "decisions", "alerts"):
                producer.write(topic, value, b"c9", partition=0)
        servers.publish("decisions", of_today(1), "c1")
        assert becomes_true(lambda: shown(live) == ["d1"])


def test_a_topic_that_has_grown_is_read_anew(servers: Servers) -> None:
    with servers.board() as live:
        TopicClient(servers.kafka).add_partitions("decisions", 3)
        PlainProducer(servers.kafka).write("decisions", encode_record(of_today(1)), b"c1", partition=2)
        assert becomes_true(lambda: shown(live) == ["d1"])


def test_a_server_that_is_away_is_said_to_be(database: ClickHouseSettings) -> None:
    live = LiveBoard(KafkaSettings(bootstrap_servers="127.0.0.1:9"), database, "desk")
    assert live.trouble == "the board is being read"
    with Background(live.run):
        assert becomes_true(lambda: live.trouble.startswith("Kafka does not answer"))
        assert not live.is_ready
