"""The classes that a broker loads, kept by the JVM as it uses them: with them a broker costs a third less to start."""

import fcntl
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

from deploy.local.server import LocalServerError


def class_archive(jars: Path, record: Callable[[Path], None]) -> Path:
    """Name the archive for some jars and this JVM, beside the jars, making it the first time.

    A JVM told to use an archive that is empty or another's goes without: one that could not be made stays empty and is
    not tried again.

    Args:
        jars: folder of the broker's jars.
        record: lets a broker live once and write its classes to a file; raises `LocalServerError` where it did not.
    """
    archive = jars.parent / f"{jars.name}-{_this_jvm()}.jsa"
    if _is_whole(archive):
        return archive
    with (jars.parent / f".{archive.name}.lock").open("w") as lock:
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
    return archive


def _is_whole(archive: Path) -> bool:
    """Whether it is as long as when it was made: a JVM ends at once over an archive that was cut."""
    size = _size_of(archive)
    return archive.exists() and size.exists() and size.read_text() == str(archive.stat().st_size)


def _size_of(archive: Path) -> Path:
    return archive.with_suffix(".size")


def _this_jvm() -> str:
    """Name the JVM by where it lies and what its `release` file says, which every update changes."""
    java = Path(shutil.which("java") or "java").resolve()
    release = java.parent.parent / "release"
    said = release.read_bytes() if release.is_file() else b""
    return f"{zlib.crc32(bytes(java) + said):08x}"
