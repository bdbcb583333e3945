"""The broker's jars, copied by Maven into a cache folder: once a version, by one process at a time."""

import fcntl
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy.local.server import LocalServerError, Progress, quiet

POM = Path(__file__).with_name("pom.xml")
MAVEN_SECONDS = 900


def default_cache() -> Path:
    """Name the folder that keeps what is fetched once for this user."""
    return Path.home() / ".cache" / "stayline"


def kafka_version() -> str:
    """Read the broker's version from `pom.xml`, the one place that names it."""
    found = re.search(r"<kafka.version>([^<]+)</kafka.version>", POM.read_text())
    if found is None:
        raise LocalServerError(f"{POM} names no kafka.version")
    return found.group(1)


def kafka_available(cache: Path | None = None) -> str | None:
    """Say why Kafka cannot run here.

    Args:
        cache: folder that may already hold the jars; `default_cache()` when not given.

    Returns:
        None when it can run, else one line that says what is missing.
    """
    if shutil.which("java") is None:
        return "Apache Kafka needs Java 17 or later, and no `java` is on the PATH"
    if shutil.which("mvn") is None and not _jars(cache).is_dir():
        return "Apache Kafka's jars are fetched by Maven, and no `mvn` is on the PATH"
    return None


def kafka_jars(cache: Path | None = None, progress: Progress = quiet) -> Path:
    """Give the folder with the broker's jars, filling it by Maven the first time.

    Args:
        cache: folder to keep them in; `default_cache()` when not given.
        progress: told when Maven is at work, which takes a while.

    Returns:
        A folder that holds every jar of the broker and nothing else.

    Raises:
        LocalServerError: Java or Maven is missing, or Maven could not get the jars.
    """
    why_not = kafka_available(cache)
    if why_not is not None:
        raise LocalServerError(why_not)
    jars = _jars(cache)
    jars.parent.mkdir(parents=True, exist_ok=True)
    with (jars.parent / f".{jars.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not jars.is_dir():
            progress(f"fetching Apache Kafka {kafka_version()} by Maven (once)")
            _copy_by_maven(jars)
    return jars


def _jars(cache: Path | None) -> Path:
    return (cache or default_cache()) / f"kafka-{kafka_version()}"


def _copy_by_maven(jars: Path) -> None:
    """Copy into a folder beside the final one and rename it, so that a folder of jars is always a whole one."""
    with tempfile.TemporaryDirectory(prefix=f".{jars.name}.", dir=jars.parent) as staging:
        # Maven works beside a copy of the POM: the installed package may be read-only.
        shutil.copy(POM, staging)
        copied = Path(staging) / "jars"
        command = ["mvn", "-q", "-B", "-f", f"{staging}/pom.xml", "dependency:copy-dependencies"]
        try:
            done = subprocess.run(  # noqa: S603
                [*command, "-DincludeScope=runtime", f"-DoutputDirectory={copied}"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=MAVEN_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise LocalServerError(f"Maven did not get Apache Kafka's jars within {MAVEN_SECONDS} s") from None
        if done.returncode != 0 or not copied.is_dir():
            complaint = next((line for line in done.stdout.splitlines() if "ERROR" in line), "it gave no reason")
            raise LocalServerError(f"Maven could not get Apache Kafka's jars: {complaint.strip()[:400]}")
        copied.rename(jars)
