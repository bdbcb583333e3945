"""``stayline grow`` from its settings to its last line."""

import time

import typer

from runtime.kafka.admin import require_kafka
from runtime.service.signals import stop_on_signals
from streams.command.common import progress_bar
from streams.grow.grow import Grower
from streams.settings import load_settings


def run_growth(partitions: int, *, dry_run: bool) -> None:
    """Give ``interactions`` more partitions and move the customers, or say how many would move.

    Args:
        partitions: Customer partitions that there shall be.
        dry_run: Change nothing.

    Raises:
        UsageError: A process runs, pages wait, or the number cannot be grown to.
        FatalError: Told to end, something was lost, or Kafka refuses.
        ServerUnreachableError: Kafka does not answer.
    """
    settings = load_settings()
    require_kafka(settings.kafka)
    began = time.monotonic()
    grower = Grower(settings.kafka, settings.worker, partitions, stop_on_signals())
    plan = grower.plan()
    if plan.done:
        typer.echo(f"there are {partitions} customer partitions; nothing to do")
        return
    census = plan.census
    if dry_run:
        going_on = ", going on with a growth that was begun" if plan.begun else ""
        typer.echo(
            f"would move {census.moving:,} of {census.customers:,} customers: {plan.before} → {plan.to}{going_on}"
        )
        return
    with progress_bar("customers moved", census.moving) as report:
        moved = grower.grow(plan, report)
    typer.echo(
        f"{plan.before} → {plan.to} customer partitions: {census.customers:,} customers, {moved:,} moved, all there "
        f"and as they were (checksum {census.checksum:016x}), in {time.monotonic() - began:.1f} s; now set "
        f"STAYLINE_KAFKA__INTERACTIONS_PARTITIONS={plan.to} for every process"
    )
