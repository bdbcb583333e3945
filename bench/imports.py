"""Speed and memory of imports: files of order lines, and a backtest from one of them."""

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb

from bench.result import Bar, Place, Result, ResultTable, quantity
from deploy.local.server import Progress

_CSV_LINES: Final = 540_000
_PARQUET_LINES: Final = 5_000_000
_LINES: Final = """
    SELECT CASE WHEN hash(i * 7 + {seed}) % 50 = 0 THEN 'C' ELSE '' END || (500000 + i // 20) AS "InvoiceNo",
        (20000 + hash(i) % 4000)::VARCHAR AS "StockCode", 'ARTICLE ' || (hash(i) % 4000) AS "Description",
        CASE WHEN hash(i * 7 + {seed}) % 50 = 0 THEN -1 ELSE 1 END * (1 + hash(i * 3) % 24)::INT AS "Quantity",
        strftime(TIMESTAMP '2010-12-01' + INTERVAL (hash(i // 20) % 32000000) SECOND, '%Y-%m-%d %H:%M:%S')
            AS "InvoiceDate",
        round(exp((hash(i * 11) % 1000) / 250.0), 2) AS "UnitPrice",
        CASE WHEN hash(i // 20 * 13) % 4 > 0 THEN (12000 + hash(i // 20 * 17) % {customers})::VARCHAR || '.0' END
            AS "CustomerID",
        'United Kingdom' AS "Country"
    FROM range({lines}) t(i)
"""
"""Lines of UCI Online Retail's layout: a fiftieth cancelled, a quarter without a customer, in no order of time."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """A command that has ended.

    Attributes:
        name: Of the row.
        lines: Rows of its file.
        bytes: Length of its file.
        seconds: Taken, its start included.
        megabytes: Most memory that it held, MiB.
    """

    name: str
    lines: int
    bytes: int
    seconds: float
    megabytes: float


def measure(*, quick: bool, seed: int, tell: Progress) -> Result:
    """Import a CSV file and a Parquet file, and play a backtest from the first.

    Args:
        quick: A tenth of the lines.
        seed: Of what is generated.
        tell: Told what is being done.
    """
    place, part = Place.here(), 10 if quick else 1
    with TemporaryDirectory() as folder:
        csv = _write(Path(folder) / "lines.csv", _CSV_LINES // part, 4_000, seed)
        parquet = _write(Path(folder) / "lines.parquet", _PARQUET_LINES // part, 100_000, seed)
        preset = ("--as", "order-lines")
        tell("import of CSV")
        runs = [_run("import, CSV", csv, _CSV_LINES // part, ("import", str(csv), *preset, "-o", os.devnull))]
        tell("import of Parquet")
        arguments = ("import", str(parquet), *preset, "-o", os.devnull)
        runs.append(_run("import, Parquet", parquet, _PARQUET_LINES // part, arguments))
        tell("backtest of CSV")
        arguments = ("backtest", str(csv), *preset, "--horizon", "60")
        runs.append(_run("backtest, CSV, a horizon of 60 days", csv, _CSV_LINES // part, arguments))
    return _result(place, runs)


def _write(path: Path, lines: int, customers: int, seed: int) -> Path:
    query = _LINES.format(seed=seed, lines=lines, customers=customers)
    duckdb.connect().execute(f"COPY ({query}) TO '{path}'")
    return path


def _run(name: str, file: Path, lines: int, arguments: Sequence[str]) -> _Ended:
    """Run a command to its end, and take its memory from what Linux counted of it."""
    began = time.perf_counter()
    nowhere = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    command = [sys.executable, "-m", "streams.command", *arguments]
    child = os.posix_spawn(sys.executable, command, os.environ, file_actions=nowhere)
    _, status, used = os.wait4(child, 0)
    if status:
        raise RuntimeError(f"stayline {' '.join(arguments)} ended with {os.waitstatus_to_exitcode(status)}")
    return _Ended(name, lines, file.stat().st_size, time.perf_counter() - began, used.ru_maxrss / 1024)


def _result(place: Place, runs: Sequence[_Ended]) -> Result:
    csv, parquet, backtest = runs
    return Result(
        name="imports",
        title="Imports",
        command="make bench ARGS=imports",
        how="`stayline import` and `stayline backtest` as processes, their start included, on generated files of UCI "
        "Online Retail's layout in no order of time: order lines, 20 to an invoice. Every event is validated.",
        place=place,
        tables=[
            ResultTable(
                ["command", "lines", "MB of the file", "seconds", "lines/s", "peak MiB"],
                [_row(one) for one in runs],
            )
        ],
        bars=[
            Bar.at_most("backtest of 540,000 order lines", 60, backtest.seconds, "s"),
            Bar.at_most("memory of that", 1024, backtest.megabytes, "MiB"),
            Bar.at_least("import, lines/s", 50_000, parquet.lines / parquet.seconds),
            Bar.at_most("memory of imports", 2048, max(csv.megabytes, parquet.megabytes), "MiB"),
        ],
    )


def _row(run: _Ended) -> list[str]:
    figures = [quantity(run.bytes / 1e6), quantity(run.seconds), quantity(run.lines / run.seconds)]
    return [run.name, f"{run.lines:,}", *figures, quantity(run.megabytes)]
