"""The demo as a person starts it, on servers that run already."""

import os
import subprocess
from pathlib import Path

import pytest

from deploy.demo.processes import stayline
from deploy.local.clickhouse import ClickHouse
from deploy.local.kafka import KafkaCluster
from tests.waiting import PATIENCE_SECONDS

EVENTS = 400

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What it prints; its servers are its own, since topics and tables have fixed names."""
    folder = tmp_path_factory.mktemp("demo")
    with KafkaCluster(1, folder) as kafka, ClickHouse(folder) as clickhouse:
        return _demo(folder, kafka.bootstrap_servers, clickhouse.url)


def _demo(folder: Path, bootstrap_servers: str, clickhouse_url: str) -> str:
    ended = subprocess.run(
        stayline("demo", "--limit", str(EVENTS)),
        env=os.environ
        | {
            "STAYLINE_KAFKA__BOOTSTRAP_SERVERS": bootstrap_servers,
            "STAYLINE_CLICKHOUSE__URL": clickhouse_url,
            "TMPDIR": str(folder),
            "COLUMNS": "120",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * PATIENCE_SECONDS,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_it_says_that_every_event_has_arrived_once(shown: str) -> None:
    assert f"{EVENTS} ({EVENTS} distinct event ids)" in shown


def test_it_names_the_customers_with_most_to_lose_and_why(shown: str) -> None:
    assert "No purchase for less than a day since the only one" in shown


def test_it_answers_questions_from_clickhouse(shown: str) -> None:
    assert "1997-01-01" in shown
