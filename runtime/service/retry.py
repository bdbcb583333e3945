"""Repeats a call that a server cannot answer yet, where nothing has to be polled meanwhile; by stamina."""

from collections.abc import Callable
from typing import Final, TypeVar

import stamina
from stamina.instrumentation import set_on_retry_hooks

_LEAST_SECONDS: Final = 1e-3  # stamina takes 0 for no limit

_Answer = TypeVar("_Answer")

# Its hooks would log every attempt, and count it in a registry that no process of ours serves.
set_on_retry_hooks([])


def repeat(
    call: Callable[[], _Answer], while_: Callable[[Exception], bool], *, seconds: float, pause_seconds: float
) -> _Answer:
    """Return what a call returns, once it does.

    Args:
        call: Called at least once.
        while_: Returns True of an error that the next attempt may not meet; any other is raised.
        seconds: After which the last error is raised.
        pause_seconds: Pause between two attempts.
    """
    caller = stamina.RetryingCaller(
        attempts=None,
        timeout=max(seconds, _LEAST_SECONDS),
        wait_initial=pause_seconds,
        wait_max=pause_seconds,
        wait_jitter=0,
        wait_exp_base=1,
    )
    return caller(while_, call)
