"""A customer whose state was spoilt in the changelog costs nobody else anything, and is named in a dead letter."""

import pytest
from confluent_kafka import Producer

from runtime.kafka.options import client_options
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from sinks.queries.dead_letters import DeadLetterFilter, find_dead_letters
from streams.worker.engine.shard_feed import FEED_KEY
from tests.integration.stack import Company
from tests.kit.topics import delete
from tests.kit.waiting import PATIENCE_SECONDS
from tests.startup.written_pages import CUSTOMERS, PARTITION, write_page

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("damage"), pytest.mark.takes(15)]

NAME = "spoilt"
APPLICATION = {"WORKER__APPLICATION_ID": NAME, "CLICKHOUSE__DATABASE": NAME}
VARIABLES = {f"STAYLINE_{name}": value for name, value in APPLICATION.items()}
CHANGELOG = f"{NAME}-customers-changelog"


@pytest.fixture
def company(company: Company) -> Company:
    """Without others' pages: who else publishes has customers, too."""
    delete(company.kafka.bootstrap_servers, ["interactions"])
    company.prepare(NAME)
    return company


def spoil(company: Company) -> None:
    """Write what is no state, and is due at once, for a customer of the partition."""
    producer = Producer(client_options(company.kafka))
    producer.produce(CHANGELOG, bytes(8) + b"no state", b"ann", PARTITION)
    assert producer.flush(PATIENCE_SECONDS) == 0


def told(company: Company) -> list[str]:
    """Return the details of the dead letters of customers."""
    with open_client(ClickHouseSettings(url=company.clickhouse.url, database=NAME)) as client:
        return [letter.detail for letter in find_dead_letters(client, DeadLetterFilter(topic="customers"), 10)]


def test_a_spoilt_state_is_set_aside_and_named_and_the_others_go_on(company: Company) -> None:
    write_page(company, 201)
    first = company.start("worker", "spoilt-1", **APPLICATION)
    assert company.wait_until(lambda: len(dict(company.read(CHANGELOG)).keys() - {FEED_KEY}) == CUSTOMERS)
    first.stop()
    company.forget(first)
    spoil(company)

    worker, sink = company.start("worker", "spoilt-1", **APPLICATION), company.start("sink", "spoilt-2", **APPLICATION)
    assert company.wait_until(lambda: len(told(company)) == 1)
    assert told(company)[0].startswith("customer ann cannot be reviewed: Traceback")
    states = dict(company.read(CHANGELOG))
    write_page(company, 202)
    assert company.wait_until(lambda: dict(company.read(CHANGELOG)) != states)
    assert _redriven(company).endswith("sent 0 back")
    assert worker.running
    for process in (worker, sink):
        process.stop()
        company.forget(process)


def _redriven(company: Company) -> str:
    """Redrive the dead letters of customers, and return the output."""
    return company.run("dead-letters", "redrive", "--topic", "customers", variables=VARIABLES).stdout.strip()
