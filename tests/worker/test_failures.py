"""A worker that cannot go on says why in one line and ends with the code that says what to do."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import KafkaCluster
from deploy.local.ports import reserve_port
from streams.faust.protocol import Membership
from streams.worker.commit.transaction import group_metadata
from tests.kit.waiting import exit_code, wait_until
from tests.worker.scenario import WorkerScenario, terminate
from tests.worker.toy_worker import ILL, WELL

pytestmark = [pytest.mark.servers, pytest.mark.takes(40)]


@pytest.fixture
def scenario(kafka: KafkaCluster, tmp_path: Path) -> Iterator[WorkerScenario]:
    scenario = WorkerScenario(kafka.bootstrap_servers, tmp_path)
    yield scenario
    scenario.close()


def test_an_unreachable_broker_ends_the_worker_with_code_3(scenario: WorkerScenario) -> None:
    address = f"127.0.0.1:{reserve_port()}"
    worker = scenario.start(bootstrap_servers=address, connect_seconds=2)
    assert exit_code(worker) == 3
    assert f"Kafka at {address} does not answer" in scenario.last_word("1")


def test_a_missing_topic_is_named_at_the_start(scenario: WorkerScenario) -> None:
    worker = scenario.start(pages_topic="nowhere")
    assert exit_code(worker) == 1
    assert "The topic nowhere does not exist" in scenario.last_word("1")


def test_a_page_that_cannot_be_folded_is_set_aside_whole_and_its_partition_goes_on(scenario: WorkerScenario) -> None:
    scenario.publish(40)
    worker = scenario.start()
    scenario.poison(2)
    scenario.publish(40)
    scenario.wait_until_folded()
    assert terminate(worker) == 0
    ((page, problem),) = scenario.aside()
    assert (page, b"a page that cannot be folded" in problem) == (b"x", True)
    assert scenario.wanted == scenario.states() == scenario.emitted()


def test_a_customer_who_cannot_be_reviewed_is_set_aside_once_and_the_partition_goes_on(
    scenario: WorkerScenario,
) -> None:
    scenario.publish(40)
    worker = scenario.start()
    scenario.fall_ill(2)
    scenario.publish(40)
    scenario.wait_until_folded(81)
    wait_until(lambda: scenario.states()[ILL] == int(WELL))
    assert terminate(worker) == 0
    ((customer, problem),) = scenario.aside()
    assert (customer, b"a customer who cannot be reviewed" in problem) == (ILL, True)
    assert scenario.wanted + Counter({ILL: 1}) == scenario.emitted()


def test_too_many_pages_in_a_row_that_cannot_be_folded_stop_the_worker(scenario: WorkerScenario) -> None:
    scenario.publish(40)
    worker = scenario.start(most_pages_aside=2)
    for _ in range(3):
        scenario.poison(2)
    assert exit_code(worker) == 1
    assert "Too many pages in a row" in scenario.last_word("1")


def test_a_page_that_stops_the_worker_is_not_committed(scenario: WorkerScenario) -> None:
    scenario.publish(40)
    worker = scenario.start(most_pages_aside=0)
    scenario.wait_until_folded()
    scenario.poison(2)
    scenario.publish(40)
    assert exit_code(worker) == 1
    last = scenario.last_word("1")
    assert f"topic {scenario.pages}, partition 2, offset " in last
    assert scenario.emitted() == scenario.states()
    assert exit_code(scenario.start(most_pages_aside=0)) == 1


def test_a_second_worker_under_the_same_instance_fences_the_first(scenario: WorkerScenario) -> None:
    scenario.publish(200)
    first = scenario.start(seconds_a_page=0.05)
    scenario.wait_until_folded(5)
    second = scenario.start(folder=str(scenario.folder / "second"))
    assert exit_code(first) == 1
    scenario.wait_until_folded()
    assert terminate(second) == 0
    assert scenario.wanted == scenario.states() == scenario.emitted()


def test_a_membership_that_the_broker_would_not_fence_is_refused() -> None:
    with pytest.raises(ValueError, match="outside the group"):
        group_metadata("group", Membership(-1, ""))


def test_group_metadata_is_what_librdkafka_reads() -> None:
    expected = b"CGMDv2:\x05\x00\x00\x00group\x00member\x00\x01"
    assert expected == group_metadata("group", Membership(5, "member"))
