"""A worker goes on only with what its customers were made from, unless its operator says so."""

import pytest
from confluent_kafka import Consumer, KafkaException, TopicPartition

from customers.encoding.encode import decode_customer
from deploy.local.process import ServerProcess
from runtime.kafka.options import client_options
from sinks.clickhouse.client import open_client
from sinks.queries.row_counts import counts
from tests.integration.stack import LocalPipeline
from tests.kit.topics import delete
from tests.kit.waiting import PATIENCE_SECONDS
from tests.startup.written_pages import CUSTOMERS, PARTITION, write_page

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("startup"), pytest.mark.takes(20)]


def committed(pipeline: LocalPipeline) -> tuple[int, str]:
    """Offset and metadata of the worker's group; none while the group has no coordinator yet."""
    consumer = Consumer({**client_options(pipeline.kafka), "group.id": "stayline"})
    try:
        (place,) = consumer.committed([TopicPartition("interactions", PARTITION)], timeout=PATIENCE_SECONDS)
    except KafkaException:
        return -1, ""
    finally:
        consumer.close()
    return place.offset, place.metadata or ""


def purchases(pipeline: LocalPipeline) -> set[int]:
    """Return the number of purchases of all customers."""
    return {decode_customer(state).purchases for state in pipeline.states().values()}


def stored(pipeline: LocalPipeline) -> int:
    """Return the number of interactions in ClickHouse."""
    with open_client(pipeline.clickhouse) as client:
        return counts(client).interactions


def started(pipeline: LocalPipeline, instance: str, **settings: str) -> ServerProcess:
    """A worker that has a folder of its own."""
    return pipeline.start("worker", instance, **settings)


def refused(pipeline: LocalPipeline, instance: str, **settings: str) -> tuple[int, str]:
    """The exit code and the last word of a worker that does not go on."""
    worker = started(pipeline, instance, **settings)
    pipeline.forget(worker)
    return last_word(pipeline, worker)


def last_word(pipeline: LocalPipeline, worker: ServerProcess) -> tuple[int, str]:
    """Wait until a worker has ended, and return its exit code and the one line that says why."""
    assert pipeline.wait_until(lambda: worker.exit_code is not None)
    (line,) = [line for line in worker.log.read_text().splitlines() if " CRITICAL " in line][-1:]
    return worker.exit_code or 0, line


def stop(pipeline: LocalPipeline, worker: ServerProcess) -> None:
    """End a worker as an operator does."""
    worker.stop()
    pipeline.forget(worker)


@pytest.fixture(scope="module")
def pipeline(pipeline: LocalPipeline) -> LocalPipeline:
    """Without others' pages and rows: other files may have run beside the same servers before."""
    delete(pipeline.kafka.bootstrap_servers, ["interactions"])
    with open_client(pipeline.clickhouse) as client:
        client.command("TRUNCATE TABLE interactions")
    pipeline.prepare()
    return pipeline


@pytest.fixture(scope="module")
def folded(pipeline: LocalPipeline) -> LocalPipeline:
    """A worker has folded the first page and was stopped."""
    write_page(pipeline, 1)
    worker = started(pipeline, "first")
    assert pipeline.wait_until(lambda: committed(pipeline)[0] > 0)
    stop(pipeline, worker)
    return pipeline


def test_a_worker_that_would_ask_other_questions_is_refused_and_told_how_to_go_on(folded: LocalPipeline) -> None:
    code, line = refused(folded, "first", RISK__HORIZON_DAYS="30")
    assert code == 2
    assert f"partition {PARTITION} were made with other settings: horizon_days was 90 and is 30" in line
    assert "STAYLINE_WORKER__ACCEPT_CHANGES=true" in line


def test_a_horizon_that_is_changed_deliberately_is_kept_from_then_on(folded: LocalPipeline) -> None:
    worker = started(folded, "first", RISK__HORIZON_DAYS="30", WORKER__ACCEPT_CHANGES="true")
    write_page(folded, 2)
    assert folded.wait_until(lambda: '"horizon_days":"30"' in committed(folded)[1])
    stop(folded, worker)
    assert purchases(folded) == {2}


def test_a_topic_that_is_deleted_and_made_anew_ends_every_worker_until_its_operator_decides(
    folded: LocalPipeline,
) -> None:
    settings = {"RISK__HORIZON_DAYS": "30"}
    worker, sink = started(folded, "first", **settings), folded.start("sink", "sink-1")
    folded.forget(worker)
    folded.forget(sink)
    write_page(folded, 3)
    assert folded.wait_until(lambda: purchases(folded) == {3} and stored(folded) == 3 * CUSTOMERS)
    delete(folded.kafka.bootstrap_servers, ["interactions"])
    folded.run("topics")
    write_page(folded, 4)
    code, line = last_word(folded, worker)
    assert (code, "deleted and recreated" in line) == (1, True), line

    assert folded.wait_until(lambda: sink.exit_code is not None)
    assert (sink.exit_code, "deleted and recreated" in sink.log.read_text().splitlines()[-1]) == (1, True)

    code, line = refused(folded, "elsewhere", **settings)
    assert (code, "has no offset for topic interactions, partition 3, but there are customers" in line) == (1, True), (
        line
    )
    assert purchases(folded) == {3}

    accepting = started(folded, "first", WORKER__ACCEPT_CHANGES="true", **settings)
    assert folded.wait_until(lambda: purchases(folded) == {4})
    stop(folded, accepting)
