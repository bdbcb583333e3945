from pathlib import Path

import pytest

from deploy.local.kafka.classes import class_archive
from deploy.local.server import LocalServerError


@pytest.fixture
def jars(tmp_path: Path) -> Path:
    folder = tmp_path / "kafka-4"
    folder.mkdir()
    return folder


def test_classes_are_recorded_once(jars: Path) -> None:
    recorded: list[Path] = []

    def record(file: Path) -> None:
        recorded.append(file)
        file.write_bytes(b"classes")

    archives = {class_archive(jars, record) for _ in range(3)}
    assert [archive.read_bytes() for archive in archives] == [b"classes"]
    assert len(recorded) == 1


def test_half_an_archive_is_not_kept_and_not_tried_again(jars: Path) -> None:
    def fail(file: Path) -> None:
        file.write_bytes(b"half")
        raise LocalServerError("killed")

    def never(_file: Path) -> None:
        pytest.fail("recorded again")

    archive = class_archive(jars, fail)
    assert archive.read_bytes() == b""
    assert class_archive(jars, never) == archive


def test_an_archive_that_was_cut_is_made_anew(tmp_path: Path) -> None:
    jars = tmp_path / "jars"
    jars.mkdir()
    archive = class_archive(jars, lambda path: _write(path, b"classes"))
    archive.write_bytes(b"cla")

    assert class_archive(jars, lambda path: _write(path, b"classes")).read_bytes() == b"classes"


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
