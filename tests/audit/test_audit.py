"""Differences made on purpose, found where they lie; and none where events are only on their way."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from threading import Event, Thread

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import Producer

from customers.encoding.encode import decode_customer, due_of, encode_customer
from deploy.local.process import ServerProcess
from runtime.kafka.options import client_options
from sinks.clickhouse.client import open_client
from sinks.queries.row_counts import counts
from streams.audit.auditor import Auditor
from streams.audit.result import Comparison, Round
from streams.intake.partition import partition_of_key
from tests.integration.stack import CHANGELOG, CUSTOMER_PARTITIONS, LocalPipeline, local_pipeline
from tests.kit.servers import SharedServers
from tests.kit.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.servers, pytest.mark.takes(40)]

CUSTOMERS = 40
GOOD = 400
TWICE = 50
OTHERS = 12
NUMBERS = count(GOOD)


SAID: tuple[dict[str, object], ...] = (
    {"type": "support_contact", "channel": "phone"},
    {"type": "action_taken", "action": "call", "by": "ann", "result": "done"},
    {"type": "judgement", "by": "ann", "likely_to_leave": False},
)


def said(number: int, customer_id: str | None = None) -> bytes:
    """A support contact, an action or a judgement of this very moment."""
    event = {
        **SAID[number % len(SAID)],
        "event_id": f"e-{number}",
        "customer_id": customer_id or customer_of(number),
        "occurred_at": datetime.now(UTC).isoformat(),
    }
    return json.dumps(event).encode()


def customer_of(number: int) -> str:
    return f"customer é {number % CUSTOMERS}"


def partition_of(number: int) -> str:
    return str(partition_of_key(customer_of(number), CUSTOMER_PARTITIONS))


@pytest.fixture(scope="module")
def beginning(servers: SharedServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPipeline]:
    """Intake and worker, and nothing published."""
    folder = tmp_path_factory.mktemp("audit")
    with local_pipeline(servers, folder) as pipeline:
        for kind in ("intake", "worker"):
            pipeline.start(kind, f"{kind}-1")
        yield pipeline


@pytest.fixture(scope="module")
def sink(beginning: LocalPipeline) -> ServerProcess:
    return beginning.start("sink", "sink-1")


@pytest.fixture(scope="module")
def pipeline(beginning: LocalPipeline, sink: ServerProcess) -> LocalPipeline:
    """Events, some of them published twice and one refused, taken in by everyone who should."""
    del sink
    beginning.publish((said(number) for number in range(GOOD)), "now")
    beginning.publish((said(number) for number in range(TWICE)), "now")
    beginning.produce("returns", [b"{"])

    def arrived() -> bool:
        with open_client(beginning.clickhouse) as client:
            stored = counts(client)
        return stored.interactions == GOOD and bool(stored.dead_letters)

    assert beginning.wait_until(arrived)
    return beginning


@pytest.fixture
def client(pipeline: LocalPipeline) -> Iterator[Client]:
    with open_client(pipeline.clickhouse) as opened:
        yield opened


@pytest.fixture
def auditor(pipeline: LocalPipeline) -> Iterator[Auditor]:
    opened = Auditor(pipeline.kafka, pipeline.clickhouse, "stayline", patience_seconds=20, examples=3, stop=Event())
    yield opened
    opened.close()


@contextmanager
def events_flowing(pipeline: LocalPipeline) -> Iterator[None]:
    """Publish without a pause while the block runs."""
    ended = Event()

    def publish() -> None:
        while not ended.is_set():
            pipeline.publish((said(next(NUMBERS)) for _ in range(200)), "now")

    thread = Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def without_row(client: Client, table: str, condition: str) -> Iterator[None]:
    """Delete some rows while the block runs."""
    client.command(f"CREATE TABLE kept ENGINE = Memory AS SELECT * FROM {table} FINAL WHERE {condition}")  # noqa: S608
    client.command(f"DELETE FROM {table} WHERE {condition}")  # noqa: S608
    try:
        yield
    finally:
        client.command(f"INSERT INTO {table} SELECT * FROM kept")  # noqa: S608
        client.command("DROP TABLE kept")


def one(done: Round) -> Comparison:
    """The only difference."""
    assert len(done.differences) == 1, done.differences
    return done.differences[0]


def test_nothing_differs_where_everyone_has_everything(pipeline: LocalPipeline) -> None:
    audited = pipeline.run("audit", "--once", check=False)

    assert (audited.returncode, "400 events" in audited.stdout) == (0, True), audited.stdout + audited.stderr
    assert "no difference" in audited.stdout


def test_every_event_state_and_dead_letter_is_counted_once(auditor: Auditor) -> None:
    done = auditor.compare()
    found: dict[str, int] = {}
    for part in done.comparisons:
        found[part.between] = found.get(part.between, 0) + part.found

    assert (done.complete, found) == (True, {"kafka_clickhouse": GOOD, "kafka_state": GOOD, "dead_letters": 1})


def test_a_row_that_is_missing_is_found_with_its_partition_and_name(auditor: Auditor, client: Client) -> None:
    with without_row(client, "interactions", "event_id = 'e-7'"):
        found = one(auditor.compare())

    assert (found.between, found.part, found.missing, found.extra) == ("kafka_clickhouse", partition_of(7), 1, 0)
    assert found.names == (("e-7",), (), ())


def test_a_difference_that_was_mended_is_gone_in_the_next_round(auditor: Auditor, client: Client) -> None:
    with without_row(client, "interactions", "event_id = 'e-8'"):
        before = auditor.compare().differences

    assert (len(before), auditor.compare().differences) == (1, [])


def test_the_command_says_what_differs_and_exits_with_1(pipeline: LocalPipeline, client: Client) -> None:
    with without_row(client, "interactions", "event_id IN ('e-9', 'e-49')"):
        audited = pipeline.run("audit", "--once", check=False)

    assert audited.returncode == 1
    assert f"kafka_clickhouse, {partition_of(9)}: 2 missing" in audited.stdout


def test_a_row_that_nobody_published_is_found(auditor: Auditor, client: Client) -> None:
    client.command(
        "INSERT INTO interactions (event_id, customer_id, type, occurred_at, stamped_at, source_topic) "
        "VALUES ('forged', {customer:String}, 'return', now64(3), now64(3), 'by hand')",
        parameters={"customer": customer_of(3)},
    )
    found = one(auditor.compare())
    client.command("DELETE FROM interactions WHERE event_id = 'forged'")

    assert (found.part, found.missing, found.extra, found.names) == (partition_of(3), 0, 1, ((), ("forged",), ()))


@pytest.mark.parametrize(("change", "missing", "extra"), [(-1, 1, 0), (1 + TWICE // CUSTOMERS + 1, 0, 1)])
def test_a_state_that_has_seen_other_events_than_the_log_is_found(
    pipeline: LocalPipeline, auditor: Auditor, change: int, missing: int, extra: int
) -> None:
    key = customer_of(0).encode()
    right = pipeline.states()[key]
    wrong = decode_customer(right)
    wrong.contacts += change
    write_state(pipeline, key, encode_customer(wrong, due_of(right)))
    found = one(auditor.compare())
    write_state(pipeline, key, right)

    assert (found.between, found.part) == ("kafka_state", partition_of(0))
    assert (found.missing, found.extra) == (missing, extra)
    assert customer_of(0) in found.names[0] + found.names[1]


def test_a_state_that_cannot_be_read_is_named_and_the_others_are_compared(
    pipeline: LocalPipeline, auditor: Auditor
) -> None:
    key = customer_of(1).encode()
    right = pipeline.states()[key]
    write_state(pipeline, key, b"no state")
    done = auditor.compare()
    write_state(pipeline, key, right)
    found = one(done)

    assert done.complete
    assert (found.between, found.part, found.missing) == ("kafka_state", partition_of(1), 1)
    assert found.names[0][0].startswith(f"{customer_of(1)} (changelog, partition {partition_of(1)}, offset ")
    assert auditor.compare().differences == []


def test_a_dead_letter_that_is_missing_is_found_with_its_reason(auditor: Auditor, client: Client) -> None:
    with without_row(client, "dead_letters", "topic = 'returns'"):
        found = one(auditor.compare())

    assert (found.between, found.part, found.missing) == ("dead_letters", "not_json", 1)
    assert found.names[0][0].startswith("returns/")


def test_nothing_differs_while_events_flow(pipeline: LocalPipeline, auditor: Auditor) -> None:
    with events_flowing(pipeline):
        rounds = [auditor.compare() for _ in range(8)]

    assert [done.differences for done in rounds] == [[]] * 8
    assert all(done.complete for done in rounds)
    assert rounds[-1].events > rounds[0].events


def test_a_missing_row_is_found_while_events_flow(pipeline: LocalPipeline, auditor: Auditor, client: Client) -> None:
    with events_flowing(pipeline), without_row(client, "interactions", "event_id = 'e-11'"):
        found = one(auditor.compare())

    assert (found.part, found.names) == (partition_of(11), (("e-11",), (), ()))


def test_the_command_says_with_exit_code_3_that_the_database_does_not_answer(pipeline: LocalPipeline) -> None:
    audited = pipeline.run("audit", "--once", check=False, variables={"STAYLINE_CLICKHOUSE__URL": "http://127.0.0.1:1"})

    assert audited.returncode == 3
    assert audited.stderr.splitlines()[-1].startswith("stayline: ")


def test_what_the_sink_has_not_stored_yet_is_no_difference(pipeline: LocalPipeline, sink: ServerProcess) -> None:
    impatient = Auditor(pipeline.kafka, pipeline.clickhouse, "stayline", patience_seconds=0.5, examples=3, stop=Event())
    sink.pause()
    try:
        pipeline.publish((said(next(NUMBERS)) for _ in range(CUSTOMERS)), "now")
        assert pipeline.wait_until(lambda: not impatient.compare().complete)
        assert impatient.compare().differences == []
    finally:
        sink.resume()
    assert pipeline.wait_until(lambda: impatient.compare().complete)
    impatient.close()


def test_an_id_of_several_customers_is_named_and_is_no_difference(pipeline: LocalPipeline, auditor: Auditor) -> None:
    pipeline.publish((said(0, f"another {number}") for number in range(OTHERS)), "now")
    assert pipeline.wait_until(lambda: len(pipeline.states()) == CUSTOMERS + OTHERS)
    done = auditor.compare()

    assert (done.complete, done.differences) == (True, [])
    assert {name for one in done.sharing for name in one.names[2]} == {"e-0"}
    assert "event ids of several customers" in done.verdict


def write_state(pipeline: LocalPipeline, key: bytes, state: bytes) -> None:
    """Put a state on the changelog where a worker would."""
    producer = Producer({**client_options(pipeline.kafka), "partitioner": "murmur2_random"})
    producer.produce(CHANGELOG, state, key)
    assert producer.flush(PATIENCE_SECONDS) == 0
