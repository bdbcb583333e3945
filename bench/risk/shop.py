"""``python -m bench.risk.shop > shop.ndjson``: the demo's shop of docs/risk.md as a file for ``stayline backtest``."""

import sys

import msgspec

from bench.risk.planted_shop import SHOP


def main() -> None:
    """Write every event, one a line, in time order."""
    for event in SHOP.events():
        sys.stdout.write(msgspec.json.encode(event).decode() + "\n")


if __name__ == "__main__":
    main()
