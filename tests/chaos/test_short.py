"""A minute of chaos on one Kafka node; ``make chaos`` is the long one on three."""

import os

import pytest

from bench.chaos.run import Report, run
from bench.chaos.stack import ROSTER
from deploy.local.kafka import kafka_available
from tests.kit.forks import launch_fork
from tests.kit.waiting import PROMPTLY_SECONDS

SEED = 7
SECONDS = 45
KILLS = 14

pytestmark = [pytest.mark.servers, pytest.mark.takes(70)]


@pytest.fixture(scope="module")
def report() -> Report:
    """Report of a short run."""
    why_not = kafka_available()
    if why_not is not None and not os.environ.get("CI"):
        pytest.skip(why_not)
    return run(SECONDS, SEED, KILLS, nodes=1, rate=80, ends_within=PROMPTLY_SECONDS, launch=launch_fork)


def test_nothing_differs_from_what_was_acknowledged(report: Report) -> None:
    assert [f"{one.what}: {one.first}" for one in report.findings if one.differences] == []


def test_everything_was_compared(report: Report) -> None:
    assert [one.what for one in report.findings if not one.compared and "grows" not in one.what] == []


def test_every_kind_of_process_was_killed(report: Report) -> None:
    assert set(report.kills) == {instance.partition("-")[0] for instance in ROSTER}
    assert report.kills.total() >= 12


def test_the_broker_and_clickhouse_were_lost_meanwhile(report: Report) -> None:
    assert report.faults["leading broker bounced"] >= 1
    assert report.faults["ClickHouse killed"] >= 1
