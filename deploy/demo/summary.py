"""Summary of a demo: what came in, who is most worth keeping, how good the risk is, and some analysts' questions."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from sinks.queries.customers import CustomerProfile, top_at_risk
from sinks.queries.model_quality import Quality, quality
from sinks.queries.row_counts import RowCounts

_QUESTIONS: Final = {
    "How much was bought a month?": """
        SELECT toStartOfMonth(day) AS month, sum(purchases) AS orders, toInt64(sum(revenue)) AS revenue
        FROM daily_activity GROUP BY month ORDER BY month LIMIT 6""",
    "What would losing them cost, by segment?": """
        SELECT segment, count() AS customers, round(avg(risk), 2) AS mean_risk, toInt64(sum(value_at_risk)) AS at_risk
        FROM customers WHERE segment != '' GROUP BY segment ORDER BY at_risk DESC""",
    "Do customers leave as often as predicted?": """
        SELECT floor(risk * 5) / 5 AS risk_from, count() AS questions, round(avg(risk), 3) AS predicted,
               round(avg(left), 3) AS observed
        FROM training_examples FINAL WHERE NOT startsWith(model_version, 'rule')
        GROUP BY risk_from ORDER BY risk_from""",
}


def show_summary(
    console: Console, clickhouse: ClickHouseSettings, totals: RowCounts, *, published: int, currency: str
) -> None:
    """Print the counts, the customers most worth keeping, how good the risk is, and some answers.

    Args:
        console: Where.
        clickhouse: Where ClickHouse is.
        totals: Rows of the tables.
        published: Events that were published.
        currency: Of all amounts.
    """
    _show_counts(console, totals, published, currency)
    with open_client(clickhouse) as client:
        _show_top(console, top_at_risk(client, 10), currency)
        _show_quality(console, quality(client), quality(client, with_rule=False))
        for question, statement in _QUESTIONS.items():
            answer = client.query(statement)
            _show_answer(console, question, answer.column_names, answer.result_rows)


def _show_counts(console: Console, totals: RowCounts, published: int, currency: str) -> None:
    console.rule("What came in")
    grid = Table.grid(padding=(0, 2))
    grid.add_row("events published", f"{published:,}")
    grid.add_row("in ClickHouse", f"{totals.interactions:,} ({totals.distinct_events:,} distinct event ids)")
    grid.add_row("amount", f"{totals.amount:,.2f} {currency}")
    refused = ", ".join(f"{reason} {number:,}" for reason, number in sorted(totals.dead_letters.items()))
    grid.add_row("dead letters", refused or "0")
    grid.add_row("customers", f"{totals.customers:,}")
    grid.add_row("scores", f"{totals.risk_scores:,}")
    grid.add_row("questions answered", f"{totals.training_examples:,}")
    grid.add_row("alerts", f"{totals.alerts:,}")
    grid.add_row("decisions", f"{totals.decisions:,}")
    console.print(grid)


def _show_top(console: Console, rows: Sequence[CustomerProfile], currency: str) -> None:
    earliest = min((row.scored_at for row in rows if row.scored_at is not None), default=None)
    as_of = "" if earliest is None else f", as of {earliest:%Y-%m-%d} or later"
    console.rule(f"The ten customers with most to lose{as_of}")
    table = Table(box=None, pad_edge=False)
    table.add_column("customer", no_wrap=True)
    table.add_column("risk", justify="right")
    table.add_column(f"{currency} a year", justify="right", no_wrap=True)
    table.add_column("segment")
    table.add_column("why", overflow="fold")
    for row in rows:
        why = "; ".join(reason.text for reason in row.reasons)
        risk = "" if row.risk is None else f"{row.risk:.0%}"
        value = "" if row.value_at_risk is None else f"{row.value_at_risk:,.2f}"
        table.add_row(escape(row.customer_id), risk, value, row.segment.replace("_", " "), escape(why))
    console.print(table)


def _show_quality(console: Console, everything: Quality, learnt: Quality) -> None:
    console.rule("How good the risk is, by answers that were not known when it was given")
    table = Table(box=None, pad_edge=False)
    for column in ("", "answers", "left", "AUC", "log-loss", "of the average", "calibration error"):
        table.add_column(column, justify="right" if column else "left")
    for name, one in (("rule and model", everything), ("model alone", learnt)):
        figures = (one.base_rate, one.auc, one.log_loss, one.base_log_loss, one.calibration_error)
        table.add_row(name, f"{one.labels:,}", *("-" if figure is None else f"{figure:.3f}" for figure in figures))
    console.print(table)
    console.print(
        "[dim]AUC: how often one who left had been given the higher risk; 0.5 is chance. Log-loss: surprise at the "
        "answers, lower is better; beside it, that of always predicting the average.[/dim]"
    )


def _show_answer(console: Console, question: str, columns: Iterable[str], rows: Sequence[Sequence[object]]) -> None:
    console.rule(question)
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int) else str(value) for value in row))
    console.print(table if rows else "[dim]no answer yet[/dim]")
