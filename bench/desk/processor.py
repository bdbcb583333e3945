"""Processor time of everything that a run starts, by process."""

from collections.abc import Mapping
from typing import Final

import psutil

_OURS: Final = "streams.command"
_SERVERS: Final = {"deploy.chdb_server": "ClickHouse", "java": "Kafka"}
_SELF: Final = "people and publisher"


def processor_seconds() -> dict[str, float]:
    """Return the processor seconds so far of this process and all below it, by what they are."""
    me = psutil.Process()
    seconds = {_SELF: _seconds(me)}
    for process in me.children(recursive=True):
        try:
            name = _name(process.cmdline())
            seconds[name] = seconds.get(name, 0.0) + _seconds(process)
        except psutil.Error:  # it has ended meanwhile
            continue
    return seconds


def processor_rows(before: Mapping[str, float], after: Mapping[str, float], wall: float) -> list[list[str]]:
    """Return rows of a table, the busiest process first: its name, and its share of one core in per cent.

    Args:
        before: Processor seconds at the beginning.
        after: At the end.
        wall: Seconds between the two.
    """
    shares = {name: 100 * (seconds - before.get(name, 0.0)) / wall for name, seconds in after.items()}
    busiest = sorted(shares.items(), key=lambda one: -one[1])
    return [[name, f"{share:.0f}"] for name, share in (*busiest, ("all together", sum(shares.values()))) if share >= 1]


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _name(command: list[str]) -> str:
    if _OURS in command:
        return f"stayline {command[command.index(_OURS) + 1]}"
    return next((name for part, name in _SERVERS.items() if any(one.endswith(part) for one in command)), "others")
