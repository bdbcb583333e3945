"""``python -m bench.replay.cost --before FOLDER``: what a replay costs in another checkout and in this one, in turns.

Each turn has a broker of its own, on which the log lies before intake, worker and learner of one checkout start. Time
is taken until the last score. Since both depend on what else the machine does, the two take turns, and each ratio is
the median of those of the pairs.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from bench.replay.turn import KINDS, Checkout, Turn, play_turn
from deploy.demo.play.cdnow import cdnow_events
from deploy.demo.play.sources import encode_event
from deploy.simulator import shop_events
from tests.risk.histories import START

_ROOT: Final = Path(__file__).resolve().parents[2]
_SHOP_SEED: Final = 5
_SHOP_CUSTOMERS: Final = 4_000
_YEAR_DAYS: Final = 365.0

_LOGS: Final[Mapping[str, Callable[[], Iterable[Mapping[str, object]]]]] = {
    "cdnow": cdnow_events,
    "shop": lambda: shop_events(seed=_SHOP_SEED, customers=_SHOP_CUSTOMERS, start=START, days=_YEAR_DAYS),
}


def main() -> int:
    """Read the arguments, play, print the table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.replay.cost", description=__doc__)
    parser.add_argument("--before", type=Path, required=True, help="checkout with a .venv, to compare this one with")
    parser.add_argument("--log", choices=sorted(_LOGS), default="cdnow", help="CDNOW, or a year of the demo's shop")
    parser.add_argument("--pairs", type=int, default=3, help="turns of each (3)")
    parser.add_argument("--one-in", type=int, default=1, help="customers: one in so many (1: all)")
    given = parser.parse_args()
    lines = [encode_event(dict(one)) for one in _LOGS[given.log]() if _is_chosen(str(one["customer_id"]), given.one_in)]
    both = Checkout("before", given.before.resolve()), Checkout("now", _ROOT, {"STAYLINE_RETENTION__ENABLED": "false"})
    _write(f"{given.log}: {len(lines):,} events\n\n| pair | checkout | seconds | {' | '.join(KINDS)} | scores |")
    _write("| ---: | --- |" + " ---: |" * (len(KINDS) + 2))
    pairs: list[dict[str, Turn]] = []
    for pair in range(given.pairs):
        turns: dict[str, Turn] = {}
        for checkout in both[:: -1 if pair % 2 else 1]:
            with TemporaryDirectory(prefix="stayline-replay-") as folder:
                turn = turns[checkout.name] = play_turn(checkout, lines, Path(folder))
            seconds = " | ".join(f"{turn.cpu_seconds[kind]:.1f}" for kind in KINDS)
            _write(f"| {pair + 1} | {checkout.name} | {turn.seconds:.1f} | {seconds} | {turn.scores:,} |")
        pairs.append(turns)
    _write("\n" + "\n".join(ratios_of(pairs)))
    return 0


def _is_chosen(customer_id: str, one_in: int) -> bool:
    return int("".join(filter(str.isdigit, customer_id))) % one_in == 0


def ratios_of(pairs: Iterable[Mapping[str, Turn]]) -> Iterable[str]:
    """Yield what this checkout takes for each that the other one takes, for the whole log and for a score."""
    measures: dict[str, Callable[[Turn], float]] = {
        "seconds": lambda turn: turn.seconds,
        "processor time": lambda turn: sum(turn.cpu_seconds.values()),
        "processor time of the worker": lambda turn: turn.cpu_seconds["worker"],
    }
    kept = list(pairs)
    for name, measure in measures.items():
        log = median(measure(one["now"]) / measure(one["before"]) for one in kept)
        score = median(
            measure(one["now"]) / one["now"].scores / (measure(one["before"]) / one["before"].scores) for one in kept
        )
        yield f"{name}: {log:.2f} for the log, {score:.2f} for a score"


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
