"""Whatever is killed, paused or restarted: every page counts once, in the states and in the outputs."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.kafka import KafkaCluster
from tests.kit.waiting import exit_code, wait_until
from tests.worker.scenario import SOON_GIVEN_UP, Stage, terminate

pytestmark = [pytest.mark.servers, pytest.mark.takes(60)]


@pytest.fixture
def stage(kafka: KafkaCluster, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(kafka.bootstrap_servers, tmp_path)
    yield stage
    stage.close()


def assert_counted_once(stage: Stage) -> None:
    assert stage.wanted == stage.emitted()
    assert stage.wanted == stage.states()


@pytest.mark.parametrize("store", ["rocksdb", "memory"])
def test_a_worker_counts_every_line_once_and_ends_cleanly_on_sigterm(stage: Stage, store: str) -> None:
    stage.publish(200)
    worker = stage.start(store=store)
    stage.wait_until_folded()
    assert terminate(worker) == 0
    assert_counted_once(stage)


def test_a_broker_without_transactions_gets_every_line_too(stage: Stage) -> None:
    stage.publish(100)
    worker = stage.start(transactions=False)
    stage.wait_until_folded()
    assert terminate(worker) == 0
    assert_counted_once(stage)


def test_a_worker_killed_in_the_middle_continues_from_its_last_commit(stage: Stage) -> None:
    stage.publish(300)
    worker = stage.start(seconds_a_page=0.02, **SOON_GIVEN_UP)
    for pages in (20, 120):
        stage.wait_until_folded(pages)
        worker.kill()
        exit_code(worker)
        worker = stage.start(seconds_a_page=0.02 if pages == 20 else 0, **SOON_GIVEN_UP)
    stage.wait_until_folded()
    assert terminate(worker) == 0
    assert_counted_once(stage)


def test_a_worker_that_leaves_hands_its_partitions_over_without_loss(stage: Stage) -> None:
    stage.publish(400)
    leaving = stage.start("1", seconds_a_page=0.02)
    stage.wait_until_folded(10)
    staying = stage.start("2", seconds_a_page=0.01)
    wait_until(lambda: "recovered" in stage.log("2").read_text())
    stage.wait_until_folded(stage.folded() + 20)
    assert terminate(leaving) == 0
    stage.wait_until_folded()
    assert terminate(staying) == 0
    assert_counted_once(stage)


def test_a_paused_worker_that_lost_its_partitions_is_fenced_and_exits(stage: Stage) -> None:
    stage.publish(200)
    paused = stage.start("1", seconds_a_page=0.02, **SOON_GIVEN_UP)
    stage.wait_until_folded(10)
    paused.send_signal(signal.SIGSTOP)
    other = stage.start("2")
    stage.wait_until_folded()
    paused.send_signal(signal.SIGCONT)
    assert exit_code(paused) == 1
    assert "this worker" in stage.last_word("1")
    stage.publish(40)
    stage.wait_until_folded()
    assert terminate(other) == 0
    assert_counted_once(stage)


def test_a_restart_recovers_what_others_did_meanwhile_over_its_own_store(stage: Stage) -> None:
    stage.publish(100)
    for instance in ("1", "2", "1"):
        worker = stage.start(instance)
        stage.wait_until_folded()
        assert terminate(worker) == 0
        assert_counted_once(stage)
        stage.publish(100)


def test_a_lost_store_is_recovered_from_the_changelog_alone(stage: Stage) -> None:
    stage.publish(100)
    worker = stage.start()
    stage.wait_until_folded()
    assert terminate(worker) == 0
    shutil.rmtree(stage.folder / "1")
    stage.publish(100)
    worker = stage.start()
    stage.wait_until_folded()
    assert terminate(worker) == 0
    assert_counted_once(stage)
