"""A customer whose state was spoilt in the changelog costs nobody else anything, and is named in a dead letter."""

import pytest
from confluent_kafka import Producer

from runtime.kafka.options import client_options
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from sinks.queries.dead_letters import DeadLetterFilter, find_dead_letters
from streams.worker.engine.shard_feed import FEED_KEY
from tests.integration.stack import LocalPipeline
from tests.kit.topics import delete
from tests.kit.waiting import PATIENCE_SECONDS
from tests.startup.written_pages import CUSTOMERS, PARTITION, write_page

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("damage"), pytest.mark.takes(15)]

NAME = "spoilt"
APPLICATION = {"WORKER__APPLICATION_ID": NAME, "CLICKHOUSE__DATABASE": NAME}
VARIABLES = {f"STAYLINE_{name}": value for name, value in APPLICATION.items()}
CHANGELOG = f"{NAME}-customers-changelog"


@pytest.fixture
def pipeline(pipeline: LocalPipeline) -> LocalPipeline:
    """Without others' pages: who else publishes has customers, too."""
    delete(pipeline.kafka.bootstrap_servers, ["interactions"])
    pipeline.prepare(NAME)
    return pipeline


def spoil(pipeline: LocalPipeline) -> None:
    """Write what is no state, and is due at once, for a customer of the partition."""
    producer = Producer(client_options(pipeline.kafka))
    producer.produce(CHANGELOG, bytes(8) + b"no state", b"ann", PARTITION)
    assert producer.flush(PATIENCE_SECONDS) == 0


def told(pipeline: LocalPipeline) -> list[str]:
    """Return the details of the dead letters of customers."""
    with open_client(ClickHouseSettings(url=pipeline.clickhouse.url, database=NAME)) as client:
        return [letter.detail for letter in find_dead_letters(client, DeadLetterFilter(topic="customers"), 10)]


def test_a_spoilt_state_is_set_aside_and_named_and_the_others_go_on(pipeline: LocalPipeline) -> None:
    write_page(pipeline, 201)
    first = pipeline.start("worker", "spoilt-1", **APPLICATION)
    assert pipeline.wait_until(lambda: len(dict(pipeline.read(CHANGELOG)).keys() - {FEED_KEY}) == CUSTOMERS)
    first.stop()
    pipeline.forget(first)
    spoil(pipeline)

    worker, sink = (
        pipeline.start("worker", "spoilt-1", **APPLICATION),
        pipeline.start("sink", "spoilt-2", **APPLICATION),
    )
    assert pipeline.wait_until(lambda: len(told(pipeline)) == 1)
    assert told(pipeline)[0].startswith("customer ann cannot be reviewed: Traceback")
    states = dict(pipeline.read(CHANGELOG))
    write_page(pipeline, 202)
    assert pipeline.wait_until(lambda: dict(pipeline.read(CHANGELOG)) != states)
    assert _redriven(pipeline).endswith("sent 0 back")
    assert worker.running
    for process in (worker, sink):
        process.stop()
        pipeline.forget(process)


def _redriven(pipeline: LocalPipeline) -> str:
    """Redrive the dead letters of customers, and return the output."""
    return pipeline.run("dead-letters", "redrive", "--topic", "customers", variables=VARIABLES).stdout.strip()
