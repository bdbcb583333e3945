"""``stayline report``: one page about customers, for people who decide."""

from pathlib import Path
from typing import Annotated

import typer

from schemas.errors import UsageError
from sinks.clickhouse.client import open_client
from streams.settings import load_settings


def report(
    out: Annotated[Path, typer.Option(help="The HTML file to write; what is there is replaced.")] = Path("report.html"),
    days: Annotated[
        int, typer.Option(min=1, max=3650, help="Look back so far from the last moment in the log; by weeks beyond 60.")
    ] = 180,
    url: Annotated[str | None, typer.Option(help="ClickHouse's HTTP address; default: clickhouse.url.")] = None,
) -> None:
    """Write a page about revenue and returns, risk, segments, who left and why, and how good the risks were.

    It is one file with everything in it, to be sent by mail or printed. Figures come from ClickHouse alone and only
    reading is needed, so it can run as stayline_analyst, from cron, while everything else runs:

    stayline report --days 90 --out /srv/reports/customers.html
    """
    from sinks.report.page import gather, write_page  # noqa: PLC0415 - the plots take a second to import

    settings = load_settings()
    clickhouse = settings.clickhouse if url is None else settings.clickhouse.model_copy(update={"url": url})
    with open_client(clickhouse) as client:
        figures = gather(client, days)
    page = write_page(figures, settings.money.reporting_currency, settings.risk.horizon_days)
    try:
        out.write_text(page, "utf-8")
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}") from None
    typer.echo(f"{out}: nothing has happened yet" if figures is None else f"{out}: {figures.period.days} days")
