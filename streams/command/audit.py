"""``stayline audit``: whether Kafka, the customers' states and ClickHouse hold the same events."""

from typing import Annotated

import typer


def audit(
    once: Annotated[bool, typer.Option("--once", help="Compare once, print it, exit with 1 where it differs.")] = False,
    every: Annotated[float, typer.Option(min=1.0, help="Seconds between two rounds.")] = 60.0,
    patience: Annotated[float, typer.Option(min=0.0, help="Seconds that worker and sink are waited for.")] = 30.0,
    examples: Annotated[int, typer.Option(min=0, max=100, help="How many things of a difference are named.")] = 5,
) -> None:
    """Compare Kafka with ClickHouse and with the customers' states, and say where a difference lies.

    Only what is committed everywhere is compared, so it may run while events flow.
    """
    from streams.audit.run import audit_continuously, audit_once  # noqa: PLC0415 - NumPy takes time to import

    if once:
        raise typer.Exit(0 if audit_once(patience, examples) else 1)
    audit_continuously(every, patience, examples)
