"""Run a function in a process of its own, where it takes seconds and others must be answered meanwhile."""

import os
import signal
from collections.abc import Callable
from contextlib import closing
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Event
from time import monotonic
from typing import Concatenate, Final, ParamSpec, TypeVar

from schemas.errors import FatalError, RejectedError, StaylineError

Given = ParamSpec("Given")
Result = TypeVar("Result")

Report = Callable[[str], None]
"""Takes what the function is at, in words."""

_LOOK_SECONDS: Final = 0.2
_NICENESS: Final = 10
_ENDS_SECONDS: Final = 5.0


def run_in_child(
    work: Callable[Concatenate[Report, Given], Result],
    report: Report,
    stop: Event,
    seconds: float,
    *arguments: Given.args,
    **options: Given.kwargs,
) -> Result:
    """Return what a function returns, and end its process in any case.

    Args:
        work: The function, of a module; its first argument takes the progress.
        report: Is told the progress here.
        stop: Ends the function when it is set.
        seconds: Ends the function after this.
        arguments: Of the function, which can be pickled.
        options: Further arguments by name.

    Raises:
        StaylineError: The function raised it.
        RejectedError: It took too long, or the process must end.
        FatalError: It died; what it printed says why.
    """
    context = get_context("spawn")  # a fork would share sockets and locks of other threads
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_run, args=(sender, work, arguments, options), daemon=True)
    with closing(receiver):
        child.start()
        sender.close()
        try:
            return _received(receiver, report, stop, seconds)
        finally:
            child.kill()
            child.join(_ENDS_SECONDS)


def _received(receiver: Connection, report: Report, stop: Event, seconds: float) -> Result:  # type: ignore[type-var]
    ends = monotonic() + seconds
    while not stop.is_set():
        if monotonic() > ends:
            raise RejectedError(f"It was given up after {seconds:g} seconds")
        if not receiver.poll(_LOOK_SECONDS):
            continue
        try:
            kind, content = receiver.recv()
        except EOFError:
            raise FatalError("a child process ended without a result; what it printed says why") from None
        if kind == "result":
            result: Result = content
            return result
        if kind == "error":
            raise content
        report(content)
    raise RejectedError("It was given up because the process ends")


def _run(sender: Connection, work: Callable[..., object], arguments: tuple[object], options: dict[str, object]) -> None:
    """Call the function in the child, and send what comes out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    os.nice(_NICENESS)
    try:
        result = work(lambda words: sender.send(("progress", words)), *arguments, **options)
    except StaylineError as error:
        sender.send(("error", error))
    else:
        sender.send(("result", result))
