"""``stayline forget ID``: one person is forgotten everywhere."""

from typing import Annotated

import typer


def forget(
    customer_id: Annotated[str, typer.Argument(metavar="ID", help="The customer_id that upstream publishes.")],
    wait: Annotated[float, typer.Option(min=0.0, help="Seconds that intake, worker and sink may each take.")] = 60.0,
) -> None:
    """Forget a person: state, scores, answers, alerts, dead letters and all rows in ClickHouse.

    Stop publishing about them first: whatever is published afterwards begins a new customer. That it was done is kept
    in the table `forgotten`, without who it was. Kafka's own copies go with the retention of its topics.
    """
    from runtime.kafka.clients import require_kafka  # noqa: PLC0415
    from runtime.kafka.offsets import Stopped  # noqa: PLC0415
    from schemas.errors import FatalError  # noqa: PLC0415 - Kafka's clients take time to import
    from streams.command.common import stop_on_signal  # noqa: PLC0415
    from streams.forget.forget import Forgetter  # noqa: PLC0415
    from streams.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    require_kafka(settings.kafka)
    forgetter = Forgetter(settings.kafka, settings.worker, patience_seconds=wait, stop=stop_on_signal())
    try:
        done = forgetter.forget(customer_id, lambda doing: typer.echo(doing, err=True))
    except Stopped:
        raise FatalError("told to end before all was done; run the same again") from None
    if done.waiting_for:
        raise FatalError(
            f"it is in the log, and {done.waiting_for} will do it when it comes there, but has not within {wait:g} s; "
            "run the same again then, for what follows from it"
        )
    typer.echo(f"forgotten on Kafka and in ClickHouse; dead letters that named the customer: {done.letters}")
