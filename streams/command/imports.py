"""``stayline import``: files as other systems export them, as events."""

from pathlib import Path
from typing import Annotated

import typer

from streams.command.history import AsOption, HistoryArgument, MapOption, SetOption, StrictOption, end_if_strict
from streams.imports.history_source import HistorySource
from streams.imports.presets import load_mapping


def import_files(
    files: HistoryArgument,
    preset: AsOption = None,
    mapping: MapOption = None,
    changes: SetOption = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Write the events here; - is standard output.")] = Path(
        "-"
    ),
    refused: Annotated[
        Path | None, typer.Option(help="Write every refused row here, one a line, with what to do.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write no events; only say what the files hold and what is amiss.")
    ] = False,
    guess: Annotated[
        bool, typer.Option("--guess", help="Write a mapping to edit instead, with what is unsure of the first file.")
    ] = False,
    strict: StrictOption = False,
) -> None:
    """Make events of files that other systems export: CSV, TSV, NDJSON, Parquet, Excel, gzip and Zstandard.

    A mapping says what the columns mean. Stayline brings some (--as); your own is a short TOML file (--map). Rows of
    one order become one purchase, sorted by time, whatever the order of the file and however large it is. Rows that
    cannot be used are counted, each kind with an example and what to do; the rest goes on. The same options are on
    `backtest`, `publish` and `learn`, so that no file has to lie in between.

    For example: `stayline import orders.csv --as order-lines --check`, then
    `stayline import orders.csv --as order-lines -o events.ndjson`, or for another file
    `stayline import export.csv --guess -o mine.toml`, and after a look at it
    `stayline import export.csv --map mine.toml --set time.zone=Europe/Berlin -o events.ndjson`
    """
    from streams.imports.run import run_guess, run_import  # noqa: PLC0415 - the engine takes time to import

    if guess:
        run_guess(files[0], output)
        return
    source = HistorySource(files, load_mapping(preset, mapping, changes or []))
    end_if_strict(run_import(source, None if check else output, refused), strict=strict)
