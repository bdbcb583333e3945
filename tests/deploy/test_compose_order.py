"""The services of docker-compose.yml, started in its order with its settings, bring events to ClickHouse."""

import pytest
from clickhouse_connect.driver.client import Client

from schemas.settings.processes import METRICS_PORTS
from tests.deploy.running import Composed, eventually

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("composed"), pytest.mark.takes(30)]


@pytest.mark.parametrize("name", METRICS_PORTS)
def test_every_process_passes_its_health_check(composed: Composed, name: str) -> None:
    assert composed.is_healthy(name)


def test_events_arrive_in_their_table(client: Client) -> None:
    def arrived() -> object:
        return client.query("SELECT event_id, type FROM interactions FINAL ORDER BY event_id").result_rows

    expected = [("e-1", "purchase"), ("e-2", "return"), ("e-3", "support_contact")]
    assert eventually(arrived, expected) == expected


def test_the_customer_gets_a_score(client: Client) -> None:
    def scored() -> object:
        return client.query("SELECT customer_id, risk IS NOT NULL FROM customers").result_rows

    assert eventually(scored, [("c-1", 1)]) == [("c-1", 1)]


def test_the_wrong_event_is_a_dead_letter(client: Client) -> None:
    def refused() -> object:
        return client.query("SELECT topic, reason FROM dead_letters FINAL").result_rows

    expected = [("support_contacts", "invalid")]
    assert eventually(refused, expected) == expected
