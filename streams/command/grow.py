"""``stayline grow``: more customer partitions, with every customer and its state in the right one."""

import time
from typing import Annotated

import typer


def grow(
    partitions: Annotated[int, typer.Option(min=1, max=1000, help="Customer partitions that there shall be.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many customers would move.")] = False,
) -> None:
    """Give `interactions` more partitions, and move every customer to the one where its pages will lie.

    Stop every intake first, let the workers fold what is there, then stop these too; it refuses until that is so.
    Sink, notifier, learner and publishers may run on. Afterwards set STAYLINE_KAFKA__INTERACTIONS_PARTITIONS to the
    new number for every process, and start them again.

    Killed on its way, it is finished by the same command; until then no worker starts. There is no way back.
    """
    from runtime.kafka.clients import require_kafka  # noqa: PLC0415 - Kafka's clients take time to import
    from streams.command.common import progress_bar, stop_on_signal  # noqa: PLC0415
    from streams.grow.grow import Grower  # noqa: PLC0415
    from streams.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    require_kafka(settings.kafka)
    began = time.monotonic()
    grower = Grower(settings.kafka, settings.worker, partitions, stop_on_signal())
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
