"""What the commands share: logging, signals, the name of this process, progress for people."""

import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from threading import Event
from types import FrameType
from typing import BinaryIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from schemas.errors import WrongUse
from streams.command.repeats import RepeatsHeldBack
from streams.settings import Settings

STANDARD_INPUT = "-"

_REPEATING = ("faust", "mode", "aiokafka")
_REPEATED_SECONDS = 10.0


def set_up_logging() -> None:
    """Readable lines on standard error; the libraries speak only when something is wrong, and do not repeat it."""
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
    )
    for name in ("faust", "mode", "aiokafka", "httpx", "httpcore", "clickhouse_connect", "matplotlib"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for handler in logging.getLogger().handlers:
        handler.addFilter(RepeatsHeldBack(_REPEATING, _REPEATED_SECONDS))


def instance_of(settings: Settings) -> str:
    """The name set for this process, or one that no other has."""
    return settings.instance or f"{socket.gethostname()}-{os.getpid()}-{token_hex(3)}"


def stop_on_signal() -> Event:
    """An event that SIGTERM and SIGINT set."""
    stop = Event()

    def _set(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, _set)
    signal.signal(signal.SIGINT, _set)
    return stop


@contextmanager
def open_lines(file: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """Open a file, or standard input for ``-``, and say how many bytes it has, where that is known.

    Raises:
        WrongUse: It cannot be read.
    """
    if file == STANDARD_INPUT:
        yield sys.stdin.buffer, None
        return
    path = Path(file)
    try:
        opened = path.open("rb")
    except OSError as error:
        raise WrongUse(f"{file} cannot be read: {error.strerror}") from None
    with opened:
        yield opened, path.stat().st_size


Report = Callable[[float], None]


@contextmanager
def progress_bar(doing: str, total: float | None) -> Iterator[Report]:
    """A progress bar on standard error; told how much is done in all so far.

    Args:
        doing: What is being done.
        total: How much there is to do; None where that is not known.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=False) as progress:
        task = progress.add_task(doing, total=total)
        yield lambda done: progress.update(task, completed=done)
