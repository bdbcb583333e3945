"""A disk that is full or has spoilt the local store costs a restart, and no customer."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.worker.store.partition_store import LocalStore
from tests.integration.stack import LocalPipeline
from tests.kit.waiting import exit_code
from tests.worker.scenario import WorkerScenario, terminate

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("damage"), pytest.mark.takes(30)]


@pytest.fixture
def scenario(pipeline: LocalPipeline, tmp_path: Path) -> Iterator[WorkerScenario]:
    scenario = WorkerScenario(pipeline.kafka.bootstrap_servers, tmp_path)
    yield scenario
    scenario.close()


def test_a_store_that_can_grow_no_more_ends_the_worker_and_a_restart_with_room_recovers(
    scenario: WorkerScenario,
) -> None:
    scenario.publish(20)
    worker = scenario.start()
    scenario.wait_until_folded()
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (4_000, 4_000))
    scenario.publish(200)
    assert exit_code(worker) == 1
    last = scenario.last_word("1")
    assert "could not be written" in last
    assert "File too large" in last
    assert "make room" in last
    with_room = scenario.start()
    scenario.wait_until_folded()
    assert terminate(with_room) == 0
    assert scenario.wanted == scenario.states() == scenario.emitted()


def test_a_spoilt_store_is_made_anew_from_the_changelog_with_one_line_a_partition(scenario: WorkerScenario) -> None:
    scenario.publish(40)
    assert _fold(scenario) == 0
    stores = scenario.folder / "1" / "customers"
    (stores / "0" / "CURRENT").unlink()
    os.truncate(next((stores / "1").glob("*.sst")), 100)
    _write_another_applications(stores / "2")
    scenario.log("1").unlink()
    scenario.publish(40)
    assert _fold(scenario) == 0
    warnings = [line for line in scenario.log("1").read_text().splitlines() if "rebuilt from the changelog" in line]
    assert len(warnings) == 3
    assert scenario.wanted == scenario.states() == scenario.emitted()


def _fold(scenario: WorkerScenario) -> int:
    worker = scenario.start()
    scenario.wait_until_folded()
    return terminate(worker)


def _write_another_applications(folder: Path) -> None:
    folder.rename(folder.with_name("away"))
    other = LocalStore(folder.parent, "another application")
    other.partition(2).write({b"p2-%d" % number: b"1000" for number in range(300)}, 1_000_000)
    other.close_all()
