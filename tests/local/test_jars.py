"""The broker's jars are fetched once, by whatever way is open, and only locked ones are used."""

import hashlib
import threading
from pathlib import Path, PurePosixPath

import pytest

from deploy.local.kafka import jars
from deploy.local.kafka.jars import kafka_available, kafka_jars
from deploy.local.server import LocalServerError

PLACE = PurePosixPath("org/example/broker/1.0/broker-1.0.jar")
COPYING_MAVEN = """#!/bin/sh
for argument; do
    case "$argument" in -DoutputDirectory=*) into="${argument#-DoutputDirectory=}/org/example/broker/1.0" ;; esac
done
/bin/mkdir -p "$into"
printf jar > "$into/broker-1.0.jar"
"""
FAILING_MAVEN = """#!/bin/sh
echo "[ERROR] Could not find artifact org.apache.kafka"
exit 1
"""


@pytest.fixture(autouse=True)
def _one_locked_jar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "jars.lock"
    lock.write_text(f"{hashlib.sha256(b'jar').hexdigest()}  {PLACE}\n")
    monkeypatch.setattr(jars, "LOCK", lock)


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[PurePosixPath]:
    """Places fetched from the public repository, which answers."""
    fetched: list[PurePosixPath] = []

    def fetch(places: list[PurePosixPath], repository: Path) -> None:
        for place in places:
            fetched.append(place)
            (repository / place).parent.mkdir(parents=True)
            (repository / place).write_bytes(b"jar")

    monkeypatch.setattr(jars, "_fetch", fetch)
    return fetched


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder of the PATH, on a machine that does not reach the public repository."""

    def fail(_places: list[PurePosixPath], _repository: Path) -> None:
        raise OSError("no route")

    monkeypatch.setattr(jars, "_fetch", fail)
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def _install_maven(folder: Path, script: str) -> None:
    program = folder / "mvn"
    program.write_text(script)
    program.chmod(0o755)


def test_jars_are_fetched_once_though_two_ask_at_once(fetched: list[PurePosixPath], tmp_path: Path) -> None:
    asking = [threading.Thread(target=kafka_jars, args=(tmp_path / "cache",)) for _ in range(2)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert fetched == [PLACE]
    assert [jar.name for jar in kafka_jars(tmp_path / "cache").iterdir()] == ["broker-1.0.jar"]


@pytest.mark.usefixtures("fetched")
def test_a_jar_that_is_not_the_locked_one_is_refused(tmp_path: Path) -> None:
    jars.LOCK.write_text(f"{hashlib.sha256(b'another').hexdigest()}  {PLACE}\n")

    with pytest.raises(LocalServerError, match=r"broker-1\.0\.jar is not the jar whose hash is in jars\.lock"):
        kafka_jars(tmp_path / "cache")
    assert list((tmp_path / "cache").glob("kafka-*")) == []


@pytest.mark.servers
def test_maven_is_asked_where_the_public_repository_is_out_of_reach(programs: Path, tmp_path: Path) -> None:
    _install_maven(programs, COPYING_MAVEN)

    assert (kafka_jars(tmp_path / "cache") / "broker-1.0.jar").read_bytes() == b"jar"


@pytest.mark.servers
def test_a_maven_that_fails_is_quoted_and_leaves_no_jars(programs: Path, tmp_path: Path) -> None:
    _install_maven(programs, FAILING_MAVEN)
    for _ in range(2):
        with pytest.raises(LocalServerError, match="Could not find artifact"):
            kafka_jars(tmp_path / "cache")


@pytest.mark.usefixtures("programs")
def test_what_cannot_be_fetched_is_told_with_the_reason(tmp_path: Path) -> None:
    why_not = kafka_available(tmp_path / "cache")

    assert why_not is not None
    assert "jars cannot be fetched (no route), and there is no Maven" in why_not


def test_jars_fetched_before_are_enough(
    fetched: list[PurePosixPath], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    kafka_jars(tmp_path / "cache")
    assert fetched
    request.getfixturevalue("programs")

    assert kafka_available(tmp_path / "cache") is None
