"""``stayline audit``, ``grow`` and ``forget``: the commands of those who keep Stayline running."""

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

    For example: `stayline audit --once`
    """
    from streams.audit.run import audit_continuously, audit_once  # noqa: PLC0415 - NumPy takes time to import

    if once:
        raise typer.Exit(0 if audit_once(patience, examples) else 1)
    audit_continuously(every, patience, examples)


def grow(
    partitions: Annotated[int, typer.Option(min=1, max=1000, help="Customer partitions that there shall be.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many customers would move.")] = False,
) -> None:
    """Give `interactions` more partitions, and move every customer to the one where its pages will lie.

    Stop every intake first, let the workers fold what is there, then stop these too; it refuses until that is so.
    Sink, notifier, learner and publishers may run on. Afterwards set STAYLINE_KAFKA__INTERACTIONS_PARTITIONS to the
    new number for every process, and start them again.

    Killed on its way, it is finished by the same command; until then no worker starts. There is no way back.

    For example: `stayline grow --partitions 24 --dry-run`
    """
    from streams.grow.run import run_growth  # noqa: PLC0415 - Kafka's client takes time to import

    run_growth(partitions, dry_run=dry_run)


def forget(
    customer_id: Annotated[str, typer.Argument(metavar="ID", help="The customer_id that upstream publishes.")],
    wait: Annotated[float, typer.Option(min=0.0, help="Seconds that intake, worker and sink may each take.")] = 60.0,
) -> None:
    """Forget a person: state, scores, answers, alerts, dead letters and all rows in ClickHouse.

    Stop publishing about them first: whatever is published afterwards begins a new customer. That it was done is kept
    in the table `forgotten`, without who it was. Kafka's own copies go with the retention of its topics.

    For example: `stayline forget c-4711`
    """
    from streams.forget.run import run_forgetting  # noqa: PLC0415 - Kafka's client takes time to import

    run_forgetting(customer_id, wait)
