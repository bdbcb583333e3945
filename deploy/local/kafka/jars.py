"""The broker's jars, each of a locked hash, fetched into a cache folder: once a version, by one process at a time."""

import fcntl
import hashlib
import logging
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Final

from deploy.local.server import LocalServerError, Progress, quiet

POM: Final = Path(__file__).with_name("pom.xml")
LOCK: Final = Path(__file__).with_name("jars.lock")
"""Hashes and places of the jars that `pom.xml` asks for, written by `make lock` as `sha256sum` does."""

_THREADS: Final = 8
_TIMEOUT_SECONDS: Final = 60
_MAVEN_SECONDS: Final = 900


def default_cache() -> Path:
    """Return the folder that keeps what is fetched once for this user."""
    return Path.home() / ".cache" / "stayline"


def kafka_version() -> str:
    """Read the broker's version from `pom.xml`, the one place that names it."""
    found = re.search(r"<kafka.version>([^<]+)</kafka.version>", POM.read_text())
    if found is None:
        raise LocalServerError(f"{POM} names no kafka.version")
    return found.group(1)


def kafka_available(cache: Path | None = None, progress: Progress = quiet) -> str | None:
    """Say why Kafka cannot run here, after trying to fetch its jars where they are not there yet.

    Args:
        cache: Folder of the jars; `default_cache()` when not given.
        progress: Told when jars are fetched.

    Returns:
        None when it can run, else one line that says what is missing.
    """
    try:
        kafka_jars(cache, progress)
    except LocalServerError as error:
        return str(error)
    return None


def kafka_jars(cache: Path | None = None, progress: Progress = quiet) -> Path:
    """Give the folder with the broker's jars, filling it the first time.

    Args:
        cache: Folder to keep them in; `default_cache()` when not given.
        progress: Told when jars are fetched, which takes a while.

    Returns:
        A folder that holds every jar of the broker and nothing else.

    Raises:
        LocalServerError: A jar cannot be had, or is not the locked one.
    """
    jars = (cache or default_cache()) / f"kafka-{kafka_version()}"
    jars.parent.mkdir(parents=True, exist_ok=True)
    with (jars.parent / f".{jars.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not jars.is_dir():
            progress(f"fetching Apache Kafka {kafka_version()}, 43 MB (once)")
            _fill(jars)
    return jars


def _fill(jars: Path) -> None:
    """Fetch into a folder beside the final one and rename it, so that a folder of jars is always a whole one."""
    with tempfile.TemporaryDirectory(prefix=f".{jars.name}.", dir=jars.parent) as staging:
        repository, whole = Path(staging) / "repository", Path(staging) / "jars"
        whole.mkdir()
        places = _locked()
        try:
            _fetch(list(places), repository)
        except Exception as error:  # noqa: BLE001 - whatever a client of the network raises
            _fetch_by_maven(repository, why=" ".join(str(error).split())[:300])
        for place, expected in places.items():
            jar = repository / place
            if hashlib.sha256(jar.read_bytes()).hexdigest() != expected:
                raise LocalServerError(f"{jar.name} is not the jar whose hash is in {LOCK.name}")
            jar.rename(whole / jar.name)
        whole.rename(jars)


def _locked() -> dict[PurePosixPath, str]:
    """Read the hash of each jar by its place in a repository."""
    pairs = (line.split() for line in LOCK.read_text().splitlines())
    return {PurePosixPath(place): expected for expected, place in pairs}


def _fetch(places: list[PurePosixPath], repository: Path) -> None:
    from jgo.maven import MavenContext  # noqa: PLC0415 - slow to load, and needed once

    logging.getLogger("jgo").setLevel(logging.CRITICAL)
    context = MavenContext(repo_cache=repository, timeout=_TIMEOUT_SECONDS)

    def fetch(place: PurePosixPath) -> None:
        *group, name, version, _ = place.parts
        context.project(".".join(group), name).at_version(version).artifact().resolve()

    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(fetch, places))


def _fetch_by_maven(repository: Path, *, why: str) -> None:
    """Let Maven fetch them, whose settings may name a mirror where the public repository is out of reach."""
    if shutil.which("mvn") is None:
        raise LocalServerError(
            f"Apache Kafka's jars cannot be fetched ({why}), and there is no Maven, whose settings might name a mirror"
        )
    repository.mkdir(exist_ok=True)
    shutil.copy(POM, repository)  # the installed package may be read-only
    command = ["mvn", "-q", "-B", "-f", f"{repository}/pom.xml", "dependency:copy-dependencies"]
    options = ["-DincludeScope=runtime", "-Dmdep.useRepositoryLayout=true", f"-DoutputDirectory={repository}"]
    try:
        done = subprocess.run(  # noqa: S603
            [*command, *options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_MAVEN_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise LocalServerError(f"Maven did not get Apache Kafka's jars within {_MAVEN_SECONDS} s") from None
    if done.returncode != 0:
        complaint = next((line for line in done.stdout.splitlines() if "ERROR" in line), "it gave no reason")
        raise LocalServerError(f"Maven could not get Apache Kafka's jars: {complaint.strip()[:400]}")
