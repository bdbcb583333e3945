"""``stayline forget`` from its settings to its last line."""

import typer

from runtime.kafka.admin import require_kafka
from runtime.service.signals import Stopped, stop_on_signals
from schemas.errors import FatalError
from streams.forget.forget import Forgetter
from streams.settings import load_settings


def run_forgetting(customer_id: str, wait_seconds: float) -> None:
    """Forget a person everywhere, and tell when it is done.

    Args:
        customer_id: Who.
        wait_seconds: How long intake, worker and sink may each take.

    Raises:
        ServerUnreachableError: Kafka or ClickHouse does not answer.
        FatalError: Told to end, or a process has not come there in time.
    """
    settings = load_settings()
    require_kafka(settings.kafka)
    forgetter = Forgetter(settings.kafka, settings.worker, patience_seconds=wait_seconds, stop=stop_on_signals())
    try:
        done = forgetter.forget(customer_id, lambda doing: typer.echo(doing, err=True))
    except Stopped:
        raise FatalError("told to end before all was done; run the same again") from None
    if done.waiting_for:
        raise FatalError(
            f"it is in the log, and {done.waiting_for} will do it when it comes there, but has not within "
            f"{wait_seconds:g} s; run the same again then, for what follows from it"
        )
    typer.echo(f"forgotten on Kafka and in ClickHouse; dead letters that named the customer: {done.dead_letters}")
