"""The folder of a demo: removed after a good end and after a kill, kept with its logs after a failure."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.demo.processes.folder import demo_folder, remove_abandoned

LOGS = ("clickhouse.log", "kafka-1/server.log", "logs/worker.log")
DATA = ("clickhouse/store/part.bin", "kafka-1/data/purchases-0/00000000000000000000.log", "customers/CURRENT")

IS_KILLED = """
import os, signal, tempfile
from deploy.demo.processes.folder import demo_folder
with demo_folder() as folder:
    (folder / "kafka").write_bytes(b"much")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def _temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def fill(folder: Path) -> None:
    for name in (*LOGS, *DATA):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("why")


def folder_of_a_demo_that_ends_with(error: BaseException) -> Path:
    seen = []
    with suppress(type(error)), demo_folder() as folder:
        seen.append(folder)
        fill(folder)
        raise error
    return seen[0]


def test_nothing_is_left_of_a_demo_that_went_well_or_was_ended() -> None:
    with demo_folder() as well:
        fill(well)
    ended = folder_of_a_demo_that_ends_with(KeyboardInterrupt())

    assert not well.exists()
    assert not ended.exists()


def test_the_logs_of_servers_and_processes_are_left_of_a_demo_that_failed() -> None:
    folder = folder_of_a_demo_that_ends_with(RuntimeError())

    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == set(LOGS)


def test_the_error_of_a_demo_that_failed_names_the_folder() -> None:
    error = RuntimeError()
    folder = folder_of_a_demo_that_ends_with(error)

    assert error.__notes__ == [f"the logs are kept in {folder}"]


def test_a_demo_that_failed_before_it_had_a_log_leaves_no_folder(tmp_path: Path) -> None:
    with suppress(RuntimeError), demo_folder():
        raise RuntimeError

    assert not list(tmp_path.iterdir())


@pytest.mark.servers
def test_what_a_killed_demo_left_is_removed_by_the_next(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", IS_KILLED], check=False)
    (left,) = tmp_path.iterdir()
    with demo_folder():
        assert not left.exists()


def test_folders_of_running_and_of_failed_demos_are_not_removed() -> None:
    failed = folder_of_a_demo_that_ends_with(RuntimeError())
    with demo_folder() as running:
        remove_abandoned()
        assert running.exists()
    assert failed.exists()
