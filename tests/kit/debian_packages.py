"""Programs and libraries of Debian that tests need: installed where this user may, else named in one line."""

import ctypes
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

_SECONDS = 300


def require_program(program: str, package: str) -> str:
    """Return the path of a program, installing its package first where it is missing.

    Args:
        program: Name of the program on the command line.
        package: Debian's name of its package.
    """
    _require(lambda: shutil.which(program) is not None, program, package)
    found = shutil.which(program)
    assert found is not None
    return found


def require_library(library: str, package: str) -> None:
    """Return once a shared library can be loaded, installing its package first where it is missing.

    Args:
        library: Name of the library as programs ask for it.
        package: Debian's name of its package.
    """
    _require(lambda: _is_loadable(library), library, package)


def _is_loadable(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _require(is_there: Callable[[], bool], what: str, package: str) -> None:
    if is_there():
        return
    # Several pytest workers may miss the same package at once.
    with (Path(tempfile.gettempdir()) / "stayline-tests-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_there():
            return
        reason = _install(package) if os.geteuid() == 0 else "only root may install it"
        if not is_there():
            pytest.fail(f"{what} is missing ({reason}); install it: apt-get install {package}", pytrace=False)


def _install(package: str) -> str:
    """Install a package, and return why that failed, if it did."""
    install = ["apt-get", "install", "-y", "--no-install-recommends", package]
    for command in (install, ["apt-get", "update"], install):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        if done.returncode == 0 and command is install:
            return ""
    return " ".join(done.stderr.split())[-300:]
