"""``stayline demo``: local servers, every process and a history that is played through them."""

from typing import Annotated, Literal

import typer
from rich.console import Console

from schemas.errors import ServerUnreachableError
from streams.command.common import with_notes


def demo(
    source: Annotated[
        Literal["cdnow", "shop"], typer.Option(help="A real purchase log, or a simulated shop.")
    ] = "cdnow",
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running, with its addresses printed.")] = False,
    live: Annotated[bool, typer.Option("--live", help="Go on with live events of the shop, for ever.")] = False,
    rate: Annotated[float, typer.Option(min=0.1, help="Live events a second.")] = 20.0,
    seed: Annotated[int, typer.Option(help="Of the simulated shop.")] = 1,
    limit: Annotated[int | None, typer.Option(min=1, help="Play only so many events, as fast as it goes.")] = None,
) -> None:
    """Start local servers, play a history through every process, and show what comes out.

    Needs no server and no Docker: Kafka runs from its jars where Java and Maven are there, ClickHouse in process.
    Where STAYLINE_KAFKA__BOOTSTRAP_SERVERS or STAYLINE_CLICKHOUSE__URL is set, that server is used instead.

    For example: `stayline demo --source shop --keep`
    """
    from deploy.demo.run import DemoOptions, run_demo  # noqa: PLC0415 - `stayline --help` does without
    from deploy.local.server import LocalServerError  # noqa: PLC0415
    from runtime.service.signals import Interrupts  # noqa: PLC0415

    options = DemoOptions(source=source, keep=keep, live=live, rate=rate, seed=seed, limit=limit)
    try:
        run_demo(options, Console(), Interrupts().listen())
    except LocalServerError as error:
        raise ServerUnreachableError(with_notes(error)) from None
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
