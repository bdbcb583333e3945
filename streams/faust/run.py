"""Runs a Faust app of ours to its end and says with which exit code."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Protocol

from schemas.errors import FatalError, StaylineError
from streams.faust.protocol import Failure

logger = logging.getLogger(__name__)

_STOP_SECONDS = 8.0
_FAILED_STOP_SECONDS = 2.0


class Runnable(Protocol):
    """A Faust app that says why it must end."""

    failure: Failure
    crash_reason: BaseException | None

    async def start(self) -> None:
        """Start, and return when it has started."""
        ...

    async def stop(self) -> None:
        """Finish what is in flight, and stop."""
        ...

    async def wait_until_stopped(self) -> None:
        """Return when it has stopped by itself."""
        ...


def run_app(app: Runnable, connect: Callable[[], None] = lambda: None) -> int:
    """Run an app until SIGTERM, SIGINT or a failure, and return the exit code of the process.

    When something does not stop in time (a thread waiting for a broker that is gone), the process is ended here and
    now: whatever is not committed is read again by the next.

    Args:
        app: The worker's or the learner's.
        connect: Reaches what the app cannot work without, before it starts; raises StaylineError.

    Returns:
        0 after a signal, 3 when no broker answers at the start, 1 after any other failure.
    """
    try:
        connect()
    except StaylineError as error:
        logger.critical("%s", error)
        return error.exit_code
    with asyncio.Runner() as runner:
        code, clean = runner.run(_serve(app))
        if not clean or app.failure.thread_lost:
            logging.shutdown()
            sys.stdout.flush()
            os._exit(code)
    return code


async def _serve(app: Runnable) -> tuple[int, bool]:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    starting = asyncio.create_task(app.start())
    reason = await _until_the_end(app, starting, stop)
    if reason is not None:
        logger.critical("%s Stopping.", reason)
    clean = await _stop(app, starting, _STOP_SECONDS if reason is None else _FAILED_STOP_SECONDS)
    reason = app.failure.reason if reason is None else reason
    if reason is not None:
        logger.critical("%s", reason)  # again: the last line of a log is read first
    code = 0 if reason is None else getattr(reason, "exit_code", 1)
    return code, clean


async def _until_the_end(app: Runnable, starting: asyncio.Task[None], stop: asyncio.Event) -> BaseException | None:
    """Wait for a signal (None) or for what went wrong."""
    waiting = {
        asyncio.create_task(stop.wait()),
        asyncio.create_task(app.failure.wait()),
        asyncio.create_task(app.wait_until_stopped()),
    }
    try:
        await asyncio.wait({starting} | waiting, return_when=asyncio.FIRST_COMPLETED)
        if starting.done() and starting.exception() is None:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
    if app.failure.reason is not None:
        return app.failure.reason
    if starting.done() and starting.exception() is not None:
        return FatalError(f"The worker could not start: {starting.exception()!r}.")
    if stop.is_set():
        return None
    return FatalError(f"The worker stopped by itself: {app.crash_reason!r}.")


async def _stop(app: Runnable, starting: asyncio.Task[None], seconds: float) -> bool:
    stopping = asyncio.create_task(app.stop())
    await asyncio.wait({stopping}, timeout=seconds)  # not wait_for: Faust's services swallow a cancellation
    starting.cancel()
    if not stopping.done():
        logger.warning("The worker did not stop within %g s; what is not committed will be read again", seconds)
        return False
    if stopping.exception() is not None:
        logger.warning("The worker did not stop cleanly: %r", stopping.exception())
        return False
    return True
