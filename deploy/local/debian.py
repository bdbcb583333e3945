"""A program of a Debian package: the installed one or, where nothing is installed, one unpacked into a cache folder."""

import fcntl
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.local.kafka.jars import default_cache
from deploy.local.process import Progress, ServerFailed, quiet

_SECONDS: Final = 300


def debian_program(package: str, program: str, cache: Path | None = None, progress: Progress = quiet) -> str:
    """Give the path of a program, fetching its package the first time where it is not installed.

    Args:
        package: Debian's name of the package.
        program: Name of the program, as it is called on the command line.
        cache: Folder to unpack into; the user's cache when not given.
        progress: Told when a package is fetched.

    Raises:
        ServerFailed: It is not installed, and ``apt-get`` cannot fetch it.
    """
    installed = shutil.which(program)
    if installed is not None:
        return installed
    folder = (cache or default_cache()) / f"debian-{package}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            progress(f"fetching Debian's package {package} (once)")
            _unpack(package, folder)
    path = folder / "usr" / "bin" / program
    if not path.is_file():
        raise ServerFailed(f"Debian's package {package} has no program {program}")
    return str(path)


def _unpack(package: str, folder: Path) -> None:
    """Unpack beside the final folder and rename, so that a folder that is there is always a whole one."""
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as staging:
        _run(["apt-get", "download", package], staging, package)
        unpacked = Path(staging) / "unpacked"
        for file in Path(staging).glob("*.deb"):
            _run(["dpkg-deb", "-x", str(file), str(unpacked)], staging, package)
        unpacked.rename(folder)


def _run(command: Sequence[str], folder: str, package: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - Debian's own tools
            command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServerFailed(f"the package {package} is not installed and cannot be fetched: {error}") from None
    if done.returncode != 0:
        said = " ".join(done.stderr.split())[-300:] or "it gave no reason"
        raise ServerFailed(f"the package {package} is not installed and {command[0]} cannot fetch it: {said}")
