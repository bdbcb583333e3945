"""Parts that commands share: settings, signals, the name of this process, progress for people."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from secrets import token_hex

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from runtime.service.logs import write_log_as
from streams.settings import Settings, load_settings

STANDARD_INPUT = "-"


def settings_of_process() -> Settings:
    """Load the settings of a process that serves until it is told to stop, and write its log as they say from here on.

    Raises:
        UsageError: One is wrong.
    """
    settings = load_settings()
    write_log_as(settings.observe)
    return settings


def instance_of(settings: Settings) -> str:
    """Return the name set for this process, or one that no other has."""
    return settings.instance or f"{socket.gethostname()}-{os.getpid()}-{token_hex(3)}"


def with_notes(error: Exception) -> str:
    """Return an error's text and its notes in one line."""
    return "; ".join([str(error), *getattr(error, "__notes__", [])])


Report = Callable[[float], None]


@contextmanager
def progress_bar(doing: str, total: float | None) -> Iterator[Report]:
    """Show a progress bar on standard error; the function that it gives is called with how much is done so far.

    Args:
        doing: Words beside the bar.
        total: Amount that there is to do; None where that is not known.
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
