"""What a demo leaves behind."""

from contextlib import suppress
from pathlib import Path

import pytest

from deploy.demo.folder import demo_folder


def fill(folder: Path) -> None:
    for name in ("kafka", "logs"):
        (folder / name).mkdir()
        (folder / name / "worker.log").write_text("why")


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


def test_the_logs_are_left_of_a_demo_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = folder_of_a_demo_that_ends_with(RuntimeError())

    assert [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()] == ["logs/worker.log"]
