"""Whatever is killed, paused or restarted: every page counts once, in the states and in the outputs."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import KafkaCluster
from tests.kit.waiting import exit_code, wait_until
from tests.worker.scenario import SOON_GIVEN_UP, WorkerScenario, terminate

pytestmark = [pytest.mark.servers, pytest.mark.takes(60)]


@pytest.fixture
def scenario(kafka: KafkaCluster, tmp_path: Path) -> Iterator[WorkerScenario]:
    scenario = WorkerScenario(kafka.bootstrap_servers, tmp_path)
    yield scenario
    scenario.close()


def assert_counted_once(scenario: WorkerScenario) -> None:
    assert scenario.wanted == scenario.emitted()
    assert scenario.wanted == scenario.states()


@pytest.mark.parametrize("store", ["rocksdb", "memory"])
def test_a_worker_counts_every_line_once_and_ends_cleanly_on_sigterm(scenario: WorkerScenario, store: str) -> None:
    scenario.publish(200)
    worker = scenario.start(store=store)
    scenario.wait_until_folded()
    assert terminate(worker) == 0
    assert_counted_once(scenario)


def test_a_broker_without_transactions_gets_every_line_too(scenario: WorkerScenario) -> None:
    scenario.publish(100)
    worker = scenario.start(transactions=False)
    scenario.wait_until_folded()
    assert terminate(worker) == 0
    assert_counted_once(scenario)


def test_a_worker_killed_in_the_middle_continues_from_its_last_commit(scenario: WorkerScenario) -> None:
    scenario.publish(300)
    worker = scenario.start(seconds_a_page=0.02, **SOON_GIVEN_UP)
    for pages in (20, 120):
        scenario.wait_until_folded(pages)
        worker.kill()
        exit_code(worker)
        worker = scenario.start(seconds_a_page=0.02 if pages == 20 else 0, **SOON_GIVEN_UP)
    scenario.wait_until_folded()
    assert terminate(worker) == 0
    assert_counted_once(scenario)


def test_a_worker_that_leaves_hands_its_partitions_over_without_loss(scenario: WorkerScenario) -> None:
    scenario.publish(400)
    leaving = scenario.start("1", seconds_a_page=0.02)
    scenario.wait_until_folded(10)
    staying = scenario.start("2", seconds_a_page=0.01)
    wait_until(lambda: "recovered" in scenario.log("2").read_text())
    scenario.wait_until_folded(scenario.folded() + 20)
    assert terminate(leaving) == 0
    scenario.wait_until_folded()
    assert terminate(staying) == 0
    assert_counted_once(scenario)


def test_a_paused_worker_that_lost_its_partitions_is_fenced_and_exits(scenario: WorkerScenario) -> None:
    scenario.publish(200)
    paused = scenario.start("1", seconds_a_page=0.02, **SOON_GIVEN_UP)
    scenario.wait_until_folded(10)
    paused.send_signal(signal.SIGSTOP)
    other = scenario.start("2")
    scenario.wait_until_folded()
    paused.send_signal(signal.SIGCONT)
    assert exit_code(paused) == 1
    assert "this worker" in scenario.last_word("1")
    scenario.publish(40)
    scenario.wait_until_folded()
    assert terminate(other) == 0
    assert_counted_once(scenario)


def test_a_restart_recovers_what_others_did_meanwhile_over_its_own_store(scenario: WorkerScenario) -> None:
    scenario.publish(100)
    for instance in ("1", "2", "1"):
        worker = scenario.start(instance)
        scenario.wait_until_folded()
        assert terminate(worker) == 0
        assert_counted_once(scenario)
        scenario.publish(100)


def test_a_lost_store_is_recovered_from_the_changelog_alone(scenario: WorkerScenario) -> None:
    scenario.publish(100)
    worker = scenario.start()
    scenario.wait_until_folded()
    assert terminate(worker) == 0
    shutil.rmtree(scenario.folder / "1")
    scenario.publish(100)
    worker = scenario.start()
    scenario.wait_until_folded()
    assert terminate(worker) == 0
    assert_counted_once(scenario)
