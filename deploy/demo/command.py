"""``stayline demo``: local servers, every process and a history that is played through them."""

from typing import Annotated, Literal

import typer
from rich.console import Console

from schemas.errors import ServerUnreachableError, UsageError
from streams.command.common import with_notes


def demo(
    source: Annotated[
        Literal["cdnow", "shop"] | None,
        typer.Option(help="A real purchase log (cdnow, the default), or a simulated shop (the default with --live)."),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running, with its addresses printed.")] = False,
    live: Annotated[bool, typer.Option("--live", help="Go on with the shop's events as they happen.")] = False,
    speed: Annotated[
        float,
        typer.Option(min=1, max=10_000, help="With --live: how many times as fast as yours the shop's clock runs."),
    ] = 1,
    seed: Annotated[int, typer.Option(help="Of the simulated shop.")] = 1,
    limit: Annotated[int | None, typer.Option(min=1, help="Play only so many events, as fast as it goes.")] = None,
) -> None:
    """Start local servers, play a history through every process, and show what comes out.

    Needs no server and no Docker: Kafka runs from its jars where Java and Maven are there, ClickHouse in process.
    Where STAYLINE_KAFKA__BOOTSTRAP_SERVERS or STAYLINE_CLICKHOUSE__URL is set, that server is used instead.

    For example: `stayline demo --source shop --keep`, or `stayline demo --live --speed 1000`
    """
    from deploy.demo.run import DemoOptions, run_demo  # noqa: PLC0415 - `stayline --help` does without
    from deploy.local.server import LocalServerError  # noqa: PLC0415
    from runtime.service.signals import Interrupts  # noqa: PLC0415

    if live and source == "cdnow":
        raise UsageError("the real log ended in 1998 and has no live events; --live goes with --source shop")
    if speed > 1 and not live:
        raise UsageError("--speed goes with --live")
    source = source or ("shop" if live else "cdnow")
    options = DemoOptions(source=source, keep=keep, live=live, speed=speed, seed=seed, limit=limit)
    try:
        run_demo(options, Console(), Interrupts().listen())
    except LocalServerError as error:
        raise ServerUnreachableError(with_notes(error)) from None
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
