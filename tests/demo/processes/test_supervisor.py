"""The demo's reaction when something that it started ends."""

import sys
import time
from pathlib import Path

import pytest

from deploy.demo.processes.outages import ServerKeeper
from deploy.demo.processes.servers import Servers
from deploy.demo.processes.supervisor import Supervisor
from deploy.local.clickhouse import ClickHouse
from deploy.local.kafka import KafkaCluster
from deploy.local.process import ServerProcess
from deploy.local.server import LocalServerError
from deploy.local.servers import LocalServers

pytestmark = pytest.mark.servers

ELSEWHERE = Servers("kafka:9092", transactions=True, clickhouse_url="http://clickhouse:8123")


class Pipeline:
    """One process, which does what its code says."""

    def __init__(self, process: ServerProcess) -> None:
        self.process = process

    def ended(self) -> list[ServerProcess]:
        """The process, when it has ended."""
        return [] if self.process.running else [self.process]


def supervisor_of(code: str, folder: Path, reported: list[str]) -> tuple[Supervisor, ServerProcess]:
    process = ServerProcess("stayline worker", [sys.executable, "-c", code], folder / "worker.log")
    return Supervisor(ELSEWHERE, Pipeline(process), reported.append), process


def wait_until_ended(process: ServerProcess) -> None:
    deadline = time.monotonic() + 20
    while process.running and time.monotonic() < deadline:
        time.sleep(0.02)


def test_a_process_that_was_killed_is_started_again_and_told(tmp_path: Path) -> None:
    reported: list[str] = []
    supervisor, process = supervisor_of("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", tmp_path, reported)
    with process:
        wait_until_ended(process)
        supervisor.look()
        assert process.running
    assert reported == [f"stayline worker was killed by signal 9 (log: {tmp_path}/worker.log); starting it again"]


def test_the_last_line_of_a_process_that_failed_is_told(tmp_path: Path) -> None:
    reported: list[str] = []
    supervisor, process = supervisor_of("print('much'); print('Fenced.'); exit(1)", tmp_path, reported)
    with process:
        wait_until_ended(process)
        supervisor.look()
    assert reported == [f"stayline worker ended with code 1: Fenced. (log: {tmp_path}/worker.log); starting it again"]


def test_a_wrong_setting_ends_the_demo(tmp_path: Path) -> None:
    supervisor, process = supervisor_of("print('no such setting'); exit(2)", tmp_path, [])
    with process:
        wait_until_ended(process)
        with pytest.raises(LocalServerError, match="stayline worker ended with code 2: no such setting"):
            supervisor.look()


def test_a_process_that_ends_over_and_over_ends_the_demo(tmp_path: Path) -> None:
    reported: list[str] = []
    supervisor, process = supervisor_of("exit(1)", tmp_path, reported)

    def look_on() -> None:
        for _ in range(9):
            wait_until_ended(process)
            supervisor.look()

    with process, pytest.raises(LocalServerError, match="started again 3 times within a minute"):
        look_on()
    assert len(reported) == 3


def test_nothing_is_told_while_all_is_well(tmp_path: Path) -> None:
    reported: list[str] = []
    supervisor, process = supervisor_of("import time; time.sleep(60)", tmp_path, reported)
    with process:
        supervisor.sleep(0.2)
    assert reported == []


def test_a_server_that_is_gone_ends_the_demo_and_is_named(tmp_path: Path) -> None:
    with LocalServers(tmp_path, broker="kafka") as servers:
        assert isinstance(servers.kafka, KafkaCluster)
        assert isinstance(servers.clickhouse, ClickHouse)
        running = Servers(servers.kafka.bootstrap_servers, True, servers.clickhouse.url, servers)
        idle = ServerProcess("stayline worker", ["sleep", "60"], tmp_path / "worker.log")
        with idle:
            supervisor = Supervisor(running, Pipeline(idle), lambda _: None)
            supervisor.look()
            servers.clickhouse.kill()
            with pytest.raises(LocalServerError, match="ClickHouse was killed by signal 9"):
                supervisor.look()


COMES_UP_THE_SECOND_TIME = """
import pathlib, time
if not pathlib.Path("been").exists():
    pathlib.Path("been").touch()
    exit("Fenced.")
pathlib.Path("ready").touch()
time.sleep(60)
"""


def test_a_process_that_ends_before_it_was_ready_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    reported: list[str] = []
    supervisor, process = supervisor_of(COMES_UP_THE_SECOND_TIME, tmp_path, reported)
    with process:
        supervisor.wait_until(process, Path("ready").exists, 60)
        assert process.running
    assert reported == [f"stayline worker ended with code 1: Fenced. (log: {tmp_path}/worker.log); starting it again"]


def test_a_process_that_never_becomes_ready_ends_the_demo_by_the_same_limit(tmp_path: Path) -> None:
    reported: list[str] = []
    supervisor, process = supervisor_of("exit(1)", tmp_path, reported)
    with process, pytest.raises(LocalServerError, match="started again 3 times within a minute"):
        supervisor.wait_until(process, lambda: False, 60)
    assert len(reported) == 3


def test_a_process_that_takes_too_long_is_named_with_its_log(tmp_path: Path) -> None:
    supervisor, process = supervisor_of("import time; time.sleep(60)", tmp_path, [])
    with (
        process,
        pytest.raises(LocalServerError, match=r"stayline worker was not ready within 0 s \(log: .*worker.log\)"),
    ):
        supervisor.wait_until(process, lambda: False, 0.1)


class Keeper(ServerKeeper):
    """A keeper of a server that is away or not, as the test says."""

    def __init__(self) -> None:
        super().__init__("Kafka", lambda: True, "all wait", lambda _: None)


def test_while_a_kept_server_is_away_processes_that_end_wait_for_it(tmp_path: Path) -> None:
    reported: list[str] = []
    supervisor, process = supervisor_of("exit(3)", tmp_path, reported)
    keeper = Keeper()
    supervisor.sit_out([keeper])
    with process:
        wait_until_ended(process)
        keeper.away = True
        supervisor.look()
        assert reported == []
        keeper.away = False
        supervisor.look()
        assert len(reported) == 1


def test_a_kept_server_that_cannot_be_started_again_ends_the_demo(tmp_path: Path) -> None:
    supervisor, _ = supervisor_of("exit(3)", tmp_path, [])
    keeper = Keeper()
    keeper.failure = LocalServerError("no room")
    supervisor.sit_out([keeper])
    with pytest.raises(LocalServerError, match="no room"):
        supervisor.look()
