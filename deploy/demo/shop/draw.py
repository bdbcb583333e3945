"""Random choices and the few spellings that all events share."""

from datetime import UTC, datetime
from random import Random
from typing import NamedTuple, TypeAlias

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
    return random.choices(choices.options, cum_weights=choices.cumulative)[0]


def stream(*names: object) -> Random:
    """Start the random stream of this name; equal names give equal streams on every machine and version."""
    return Random("/".join(map(str, names)))  # noqa: S311 - a game to be repeated, not a secret to be kept


def money(cents: int) -> str:
    """Write an amount as the contract wants it: a decimal string with two places."""
    return f"{cents // 100}.{cents % 100:02d}"


def timestamp(moment: float) -> str:
    """Write Unix seconds as RFC 3339 in UTC."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
