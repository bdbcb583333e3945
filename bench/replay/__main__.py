"""``python -m bench.replay --kills K --seed S``: exit code 0 where nothing differs, else 1."""

import argparse
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.replay.layout import Layout, draw_kills, two_layouts
from bench.replay.results import count_of, digest_of, unpinned
from bench.replay.run import Played, play
from deploy.demo.play.cdnow import cdnow_events
from deploy.demo.play.sources import encode_event
from schemas.events.history import decode_history
from schemas.events.interaction import Interaction
from schemas.settings.processes import IntakeSettings
from schemas.settings.risk import MoneySettings, RiskSettings
from tests.kit.results import RESULT_TOPICS, Results, first_difference_of_results, results_of_backtest


def main() -> int:
    """Read the arguments, play, print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.replay", description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="how many processes are killed with SIGKILL (20)")
    parser.add_argument("--seed", type=int, default=1, help="of the kills (1)")
    parser.add_argument("--one-in", type=int, default=1, help="customers: one in so many (1: all of CDNOW)")
    parser.add_argument("--folder", type=Path, help="where data and logs go and stay; a temporary one when not given")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    lines = [encode_event(event) for event in cdnow_events() if int(str(event["customer_id"])) % given.one_in == 0]
    with TemporaryDirectory(prefix="stayline-replay-") as temporary:
        return _compare(lines, given.kills, given.seed, given.folder or Path(temporary))


def _compare(lines: Sequence[bytes], kills: int, seed: int, folder: Path) -> int:
    began = time.monotonic()
    expected = _backtested(lines)
    _write(f"{len(lines):,} events\n\n| run | seconds | kills | records | {' | '.join(RESULT_TOPICS)} |")
    _write("| --- |" + " ---: |" * 3 + " --- |" * len(RESULT_TOPICS))
    _write(_row("backtest", time.monotonic() - began, "", expected))
    runs: list[Played] = []
    for layout in two_layouts(kills):
        drawn = draw_kills(seed, layout.kills, layout.instances)
        run = play(layout, lines, expected, drawn, folder / layout.name)
        runs.append(run)
        done = ", ".join(f"{count} {kind}" for kind, count in sorted(run.kills.items()))
        _write(_row(_described(layout), run.seconds, done, run.results))
    for run in runs:
        for (instance, code), count in sorted(run.exits.items()):
            _write(f"\n{run.layout.name}: {instance} ended {count} times with {code}, and was started again")
    said = list(_differences(expected, *runs))
    _write("\n" + ("\n".join(said) if said else "No difference: every record is the same."))
    return 1 if said else 0


def _backtested(lines: Sequence[bytes]) -> Results:
    read = decode_history(lines, MoneySettings().rates, IntakeSettings().max_event_bytes)
    return results_of_backtest((one for one in read if isinstance(one, Interaction)), RiskSettings())


def _described(layout: Layout) -> str:
    processes = f"{layout.intakes} intake, {layout.workers} worker"
    return f"{layout.name}: {layout.customer_partitions} partitions, {processes}, pages of {layout.page_lines} lines"


def _row(name: str, seconds: float, kills: str, results: Results) -> str:
    records = sum(map(len, results.values()))
    topics = " | ".join(f"{count_of(results, topic):,}: {digest_of(results, topic)[:16]}" for topic in RESULT_TOPICS)
    return f"| {name} | {seconds:.0f} | {kills} | {records:,} | {topics} |"


def _differences(expected: Results, small: Played, large: Played) -> Iterator[str]:
    """Yield a line for each claim that does not hold."""
    pairs = {
        "small and large": (small.results, large.results),
        "backtest and small": (expected, small.results),
        "backtest and large": (expected, large.results),
    }
    for names, (one, other) in pairs.items():
        count = sum(one.get(place) != other.get(place) for place in {*one, *other})
        if count:
            yield f"{names}: {count:,} differ, counted by topic and customer; {first_difference_of_results(one, other)}"
    for run in (small, large):
        if loose := list(unpinned(run.results)):
            yield f"{run.layout.name}: {len(loose):,} scores are not pinned, the first of customer {loose[0]}"
        if run.kills.total() < run.layout.kills:
            yield f"{run.layout.name}: {run.kills.total()} of {run.layout.kills} kills were done"


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
