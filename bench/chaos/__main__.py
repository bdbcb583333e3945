"""``python -m bench.chaos --seconds N --seed S --kills K``: exit code 0 where nothing differs, else 1."""

import argparse
import logging
import sys
from pathlib import Path

from bench.chaos.run import run, table


def main() -> int:
    """Read the arguments, run, print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="how long faults go on (600)")
    parser.add_argument(
        "--seed", type=int, default=1, help="of faults and traffic (1); a run that fails can be repeated"
    )
    parser.add_argument("--kills", type=int, default=50, help="how many processes are killed with SIGKILL (50)")
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=3, help="Kafka nodes (3)")
    parser.add_argument("--rate", type=int, default=200, help="messages a second beside bursts (200)")
    parser.add_argument("--folder", type=Path, help="where data and logs go and stay; a temporary one when not given")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    report = run(given.seconds, given.seed, given.kills, nodes=given.nodes, rate=given.rate, folder=given.folder)
    sys.stdout.write(table(report))
    return 1 if report.differences else 0


if __name__ == "__main__":
    sys.exit(main())
