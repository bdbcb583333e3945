"""Random choices and the few spellings that all events share."""

from bisect import bisect
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")

Event: TypeAlias = dict[str, object]

DAY = 86_400.0
"""Seconds."""


class Choices(NamedTuple):
    """Options with their cumulative weights, summed once because they are drawn from millions of times."""

    options: list[str]
    cumulative: list[float]


def weighted(**weights: float) -> Choices:
    """Prepare named options to be drawn in proportion to their weights."""
    total, cumulative = 0.0, []
    for weight in weights.values():
        total += weight
        cumulative.append(total)
    return Choices(list(weights), cumulative)


def pick(random: Random, choices: Choices) -> str:
    """Draw one option."""
    return choices.options[place(random, choices.cumulative)]


def place(random: Random, cumulative: Sequence[float]) -> int:
    """Draw a place by its cumulative weights (several times faster than ``random.choices`` for one draw)."""
    return bisect(cumulative, random.random() * cumulative[-1])


def one_of(random: Random, options: Sequence[T]) -> T:
    """Draw one of a few equal options (several times faster than ``random.choice``, whose care is for long lists)."""
    return options[int(random.random() * len(options))]


def stream(*names: object) -> Random:
    """Start the random stream of this name; equal names give equal streams on every machine and version."""
    return Random("/".join(map(str, names)))  # noqa: S311 - a game to be repeated, not a secret to be kept


def money(cents: int) -> str:
    """Write an amount as the contract wants it: a decimal string with two places."""
    return f"{cents // 100}.{cents % 100:02d}"


def timestamp(moment: float) -> str:
    """Write Unix seconds as RFC 3339 in UTC."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
