"""Servers that are not laid out as the program expects are named, with what to do, before anything is read."""

import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.cimpl import NewTopic

from runtime.kafka.options import client_options
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.sql_files import known_migrations, read_migration
from tests.integration.stack import CUSTOMER_PARTITIONS, LocalPipeline
from tests.kit.topics import delete, make_anew

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("refused"), pytest.mark.takes(3)]

Ended = subprocess.CompletedProcess[str]
APPLICATION = "misplaced"
LAST_PARTITION = CUSTOMER_PARTITIONS - 1
OTHER_LAYOUT = {"STAYLINE_KAFKA__INTERACTIONS_PARTITIONS": "5", "STAYLINE_OBSERVE__PORT": "0"}
OTHER_GROUP = {"STAYLINE_WORKER__APPLICATION_ID": APPLICATION, "STAYLINE_OBSERVE__PORT": "0"}
NEWER = {"STAYLINE_CLICKHOUSE__DATABASE": "newer", "STAYLINE_OBSERVE__PORT": "0"}


@pytest.fixture(scope="module")
def ended(pipeline: LocalPipeline) -> dict[str, Ended]:
    """Processes started side by side, each on something wrong, by what is wrong."""
    _divide_the_models(pipeline)
    _write_a_newer_schema(pipeline)
    _commit_beyond_the_end(pipeline)
    starts: dict[str, Callable[[], Ended]] = {
        "worker": lambda: pipeline.run("worker", check=False, variables=OTHER_LAYOUT),
        "intake": lambda: pipeline.run("intake", check=False, variables=OTHER_LAYOUT),
        "topics": lambda: pipeline.run("topics", check=False, variables=OTHER_LAYOUT),
        "learner": lambda: pipeline.run("learner", check=False, variables={"STAYLINE_OBSERVE__PORT": "0"}),
        "newer": lambda: pipeline.run("sink", check=False, variables=NEWER),
        "beyond": lambda: pipeline.run("sink", check=False, variables=OTHER_GROUP),
    }
    with ThreadPoolExecutor(3) as threads:
        ends = {name: threads.submit(start) for name, start in starts.items()}
    _put_the_models_back(pipeline)
    return {name: end.result() for name, end in ends.items()}


def _divide_the_models(pipeline: LocalPipeline) -> None:
    make_anew(pipeline.kafka.bootstrap_servers, [NewTopic("model_epochs", 2, 1)])


def _put_the_models_back(pipeline: LocalPipeline) -> None:
    delete(pipeline.kafka.bootstrap_servers, ["model_epochs"])
    pipeline.run("topics")


def _write_a_newer_schema(pipeline: LocalPipeline) -> None:
    newer = read_migration("9001_newer.sql", "SELECT 1;")
    migrate(ClickHouseSettings(url=pipeline.clickhouse.url, database="newer"), [*known_migrations(), newer])


def _commit_beyond_the_end(pipeline: LocalPipeline) -> None:
    consumer = Consumer({**client_options(pipeline.kafka), "group.id": f"{APPLICATION}-sink"})

    def is_committed() -> bool:
        try:
            consumer.commit(offsets=[TopicPartition("interactions", LAST_PARTITION, 1_000)], asynchronous=False)
        except KafkaException:  # the group has no coordinator yet
            return False
        return True

    assert pipeline.wait_until(is_committed)
    consumer.close()


@pytest.mark.parametrize("process", ["worker", "intake", "topics"])
def test_another_number_of_partitions_is_wrong_use_and_told_with_topic_found_and_wanted(
    ended: dict[str, Ended], process: str
) -> None:
    end = ended[process]
    assert (end.returncode, end.stderr.count("stayline: ")) == (2, 1), end.stderr
    last = end.stderr.splitlines()[-1]
    assert f"interactions has {CUSTOMER_PARTITIONS} partitions" in last
    assert " 5" in last


def test_a_learner_refuses_models_that_have_no_order(ended: dict[str, Ended]) -> None:
    end = ended["learner"]
    assert end.returncode == 2, end.stderr
    assert "topic model_epochs has 2 partitions, not 1; its records have one order" in end.stderr.splitlines()[-1]


def test_a_schema_newer_than_the_program_ends_the_sink_with_one_line(ended: dict[str, Ended]) -> None:
    end = ended["newer"]
    assert end.returncode == 1, end.stderr
    assert "newer has migration 9001_newer.sql, newer than this program; upgrade" in end.stderr.splitlines()[-1]


def test_a_sink_whose_offset_lies_beyond_the_end_of_the_topic_does_not_wait_there_for_pages(
    ended: dict[str, Ended],
) -> None:
    end = ended["beyond"]
    assert end.returncode == 1, end.stderr
    last = end.stderr.splitlines()[-1]
    assert re.search(
        rf"topic interactions ends at \d+ in partition {LAST_PARTITION}, before the committed offset 1000", last
    ), last
    assert f"delete the offsets of group {APPLICATION}-sink" in last
