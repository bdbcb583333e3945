"""A broker's classes are recorded once, and only whole archives are used."""

from pathlib import Path

import pytest

from deploy.local.kafka.classes import require_archive
from deploy.local.server import LocalServerError


def test_classes_are_recorded_once(tmp_path: Path) -> None:
    recorded: list[Path] = []

    def record(file: Path) -> None:
        recorded.append(file)
        file.write_bytes(b"classes")

    for _ in range(3):
        require_archive(tmp_path / "kafka.aot", record)
    assert (tmp_path / "kafka.aot").read_bytes() == b"classes"
    assert len(recorded) == 1


def test_half_an_archive_is_not_kept_and_not_tried_again(tmp_path: Path) -> None:
    def fail(file: Path) -> None:
        file.write_bytes(b"half")
        raise LocalServerError("killed")

    def never(_file: Path) -> None:
        pytest.fail("recorded again")

    require_archive(tmp_path / "kafka.aot", fail)
    require_archive(tmp_path / "kafka.aot", never)
    assert (tmp_path / "kafka.aot").read_bytes() == b""


def test_an_archive_that_was_cut_is_made_again(tmp_path: Path) -> None:
    archive = tmp_path / "kafka.aot"
    require_archive(archive, lambda path: _write(path, b"classes"))
    archive.write_bytes(b"cla")
    require_archive(archive, lambda path: _write(path, b"classes"))

    assert archive.read_bytes() == b"classes"


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
