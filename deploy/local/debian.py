"""A program of a Debian package: the installed one or, where nothing is installed, one unpacked into a cache folder."""

import fcntl
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.local.kafka.jars import default_cache
from deploy.local.server import LocalServerError, Progress, quiet

_SECONDS: Final = 300


def debian_program(package: str, program: str, cache: Path | None = None, progress: Progress = quiet) -> Path:
    """Give the path of a program, fetching its package the first time where it is not installed.

    Args:
        package: Debian's name of the package.
        program: Name of the program, as it is called on the command line.
        cache: Folder to unpack into; the user's cache when not given.
        progress: Told when a package is fetched.

    Raises:
        LocalServerError: It is not installed, and ``apt-get`` cannot fetch it.
    """
    installed = shutil.which(program)
    if installed is not None:
        return Path(installed)
    folder = (cache or default_cache()) / f"debian-{package}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            progress(f"fetching Debian's package {package} (once)")
            _unpack(package, folder)
    path = folder / "usr" / "bin" / program
    if not path.is_file():
        raise LocalServerError(f"Debian's package {package} has no program {program}")
    return path


def relocate(program: Path, data: str, copy: Path) -> Path:
    """Copy an unpacked program so that it finds its data in the folder that it is run in, and return that folder.

    Debian's programs name their data by absolute paths, which exist only where the package is installed. The copy
    names the current folder instead, in as many bytes. Nothing outside the cache and the copy is written.

    Args:
        program: As ``debian_program`` gave it.
        data: Absolute path of the data that the package would install.
        copy: Where to write the program that is to be run.

    Raises:
        LocalServerError: The package has no such data.
    """
    unpacked = program.parents[2] / data.lstrip("/")
    if not unpacked.is_dir():
        raise LocalServerError(f"{program.name} needs {data}, which is neither installed nor in its package")
    here = "./" * (len(data) // 2) + "/" * (len(data) % 2)
    copy.write_bytes(program.read_bytes().replace(data.encode(), here.encode()))
    copy.chmod(0o755)
    return unpacked


def _unpack(package: str, folder: Path) -> None:
    """Unpack beside the final folder and rename, so that a folder that is there is always a whole one."""
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as staging:
        _download(package, Path(staging))
        unpacked = Path(staging) / "unpacked"
        for file in Path(staging).glob("*.deb"):
            _run(["dpkg-deb", "-x", str(file), str(unpacked)], staging, package)
        unpacked.rename(folder)


def _download(package: str, staging: Path) -> None:
    """Download a package; where this machine has no lists of packages, or old ones, by lists read for this alone."""
    try:
        _run(["apt-get", "download", package], staging, package)
    except LocalServerError:
        if shutil.which("apt-get") is None:
            raise
        lists = staging / "lists"
        (lists / "partial").mkdir(parents=True)
        own = ["-o", f"Dir::State::Lists={lists}", "-o", f"Dir::Cache={staging}", "-o", "APT::Sandbox::User="]
        _run(["apt-get", *own, "update"], staging, package)
        _run(["apt-get", *own, "download", package], staging, package)


def _run(command: Sequence[str], folder: str | Path, package: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - Debian's own tools
            command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LocalServerError(f"the package {package} is not installed and cannot be fetched: {error}") from None
    if done.returncode != 0:
        said = " ".join(done.stderr.split())[-300:] or "it gave no reason"
        raise LocalServerError(f"the package {package} is not installed and {command[0]} cannot fetch it: {said}")
