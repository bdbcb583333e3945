import threading
from pathlib import Path

import pytest

from deploy.local.kafka.jars import kafka_available, kafka_jars
from deploy.local.server import LocalServerError

pytestmark = pytest.mark.servers

COUNTING_MAVEN = """#!/bin/sh
echo run >> "{runs}"
/bin/sleep 0.3
for argument; do
    case "$argument" in -DoutputDirectory=*) /bin/mkdir "${{argument#-DoutputDirectory=}}" ;; esac
done
"""
FAILING_MAVEN = """#!/bin/sh
echo "[ERROR] Could not find artifact org.apache.kafka"
exit 1
"""


def install(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(script)
    program.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the one folder of the PATH; it holds a `java`."""
    folder = tmp_path / "programs"
    folder.mkdir()
    install(folder, "java", "#!/bin/sh\n")
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_maven_is_run_once_though_two_ask_at_once(programs: Path, tmp_path: Path) -> None:
    install(programs, "mvn", COUNTING_MAVEN.format(runs=tmp_path / "runs"))
    asking = [threading.Thread(target=kafka_jars, args=(tmp_path / "cache",)) for _ in range(2)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert (tmp_path / "runs").read_text() == "run\n"
    assert kafka_jars(tmp_path / "cache").is_dir()


def test_a_maven_that_fails_is_quoted_and_leaves_no_jars(programs: Path, tmp_path: Path) -> None:
    install(programs, "mvn", FAILING_MAVEN)
    for _ in range(2):
        with pytest.raises(LocalServerError, match="Could not find artifact"):
            kafka_jars(tmp_path / "cache")


def test_without_maven_jars_fetched_before_are_enough(programs: Path, tmp_path: Path) -> None:
    assert (
        kafka_available(tmp_path / "cache") == "Apache Kafka's jars are fetched by Maven, and no `mvn` is on the PATH"
    )
    install(programs, "mvn", COUNTING_MAVEN.format(runs=tmp_path / "runs"))
    kafka_jars(tmp_path / "cache")
    (programs / "mvn").unlink()
    assert kafka_available(tmp_path / "cache") is None
