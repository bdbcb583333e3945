"""Verdicts on what an action brought, and the words in which people read them everywhere."""

from typing import Final, Literal

Verdict = Literal["helps", "harms", "cannot_tell", "no_support"]

MOST_DECISIONS: Final = 10**9
"""Number of further decisions that means: no number of them that anybody will make."""

_MANY: Final = 1_000_000
"""Beyond it, a number of decisions says no more to a person than that it is far away."""


def verdict_in_words(verdict: Verdict, more: int) -> str:
    """Return a verdict as people read it.

    Args:
        verdict: The verdict.
        more: Number of decisions still needed; ``MOST_DECISIONS`` if they would never do.
    """
    if verdict == "cannot_tell":
        return f"cannot tell yet ({_needed(more)})"
    return "no support in the log" if verdict == "no_support" else verdict


def _needed(more: int) -> str:
    if more >= MOST_DECISIONS:
        return "no effect to be seen"
    if more > _MANY:
        return "more than a million more decisions needed"
    return f"about {roughly(more)} more decisions needed"


def roughly(number: int) -> str:
    """Return a number with two digits that count."""
    return f"{round(number, min(0, 2 - len(str(number)))):,}"
