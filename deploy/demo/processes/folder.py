"""Folder of a demo: its servers' data and all logs, of which the logs outlive a failure."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

_PREFIX: Final = "stayline-demo-"
_LOCK: Final = "in-use"
"""File that a demo holds locked while it runs; the lock ends with the process, however that ends."""

_LOGS: Final = ("*.log", "kafka-*/*.log", "logs/*.log")


@contextmanager
def demo_folder() -> Iterator[Path]:
    """Make a temporary folder and remove it at the end, and before that what killed demos have left.

    Raises:
        Exception: Of the block; its last note names the folder, in which the logs are kept.
    """
    remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = _take_lock(folder)
    try:
        yield folder
    except Exception as error:
        _remove_all_but_logs(folder)
        if folder.exists():
            error.add_note(f"the logs are kept in {folder}")
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    else:
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        lock.close()


def remove_abandoned() -> None:
    """Remove the folders of demos that were killed; those of running and of failed demos stay."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError), (folder / _LOCK).open("rb") as lock:  # a failed demo has left no such file
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)


def _take_lock(folder: Path) -> IO[bytes]:
    """Lock the file before it has its name, so that nobody finds it unlocked."""
    lock = (folder / f".{_LOCK}").open("wb")
    fcntl.flock(lock, fcntl.LOCK_EX)
    (folder / f".{_LOCK}").rename(folder / _LOCK)
    return lock


def _remove_all_but_logs(folder: Path) -> None:
    logs = {log for pattern in _LOGS for log in folder.glob(pattern)}
    for path in sorted(folder.rglob("*"), reverse=True):  # what is inside a folder comes before it
        if path.is_dir() and not path.is_symlink():
            with suppress(OSError):  # logs are in it
                path.rmdir()
        elif path not in logs:
            path.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
