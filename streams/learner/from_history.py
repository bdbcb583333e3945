"""``stayline learn``: a model learnt from a history, published as the one that production starts with."""

from datetime import UTC, datetime

import msgspec
import typer

from customers.features.feature_names import FEATURE_SET
from risk.evaluation.backtest import Backtest
from risk.evaluation.decision_schedule import DecisionSchedule
from runtime.kafka.admin import require_kafka
from runtime.kafka.producer import PlainProducer
from runtime.service.garbage_collection import collect_rarely
from runtime.service.signals import Interrupts
from schemas.errors import FatalError, UsageError
from schemas.events.history import HistoryError
from schemas.moments import from_ms
from schemas.records.model import Model
from schemas.settings.connections import KafkaSettings
from schemas.topics import MODEL_EPOCHS
from streams.command.common import progress_bar
from streams.imports.history_source import HistorySource
from streams.imports.reading import Reading
from streams.learner.model_topic import newest_model, publish_model
from streams.settings import Settings, load_settings
from streams.topics import require_partitions


def run_learning(source: HistorySource, *, replace: bool) -> int:
    """Learn a history, publish the model, and tell how good its answers were.

    Args:
        source: The history.
        replace: Publish whatever is there.

    Returns:
        Number of rows and events that were refused.

    Raises:
        UsageError: The file cannot be used, has too few answers, or a model is there.
        ServerUnreachableError: Kafka does not answer.
        FatalError: Told to end while the model is published.
        KeyboardInterrupt: Told to end before.
    """
    settings = load_settings()
    interrupts = Interrupts().listen()
    require_kafka(settings.kafka)
    require_partitions(settings.kafka, settings.worker, (MODEL_EPOCHS,))
    learnt, refused = _learnt(source, settings)
    if learnt is None or learnt.examples < settings.risk.min_examples:
        examples, least = 0 if learnt is None else learnt.examples, settings.risk.min_examples
        raise UsageError(f"{source.name} answers {examples:,} questions; a model is trusted from {least:,} on")
    there = _newest(settings.kafka)
    if there is not None and not replace:
        raise UsageError(f"{why_refused(there, learnt)}; --replace publishes all the same")
    model = first_epoch(learnt, there, datetime.now(UTC))
    publish_unless_told_to_end(settings.kafka, model, interrupts)
    typer.echo(f"published {model.version}, learnt from {model.examples:,} answers")
    typer.echo(f"  latest answers: log-loss {model.log_loss:.4f}, the average alone {model.prior_log_loss:.4f}")
    return refused


def first_epoch(learnt: Model, there: Model | None, published_at: datetime) -> Model:
    """Return a model learnt from a history as the one of the first epochs, or of the newest border that is there.

    What was learnt from decisions is kept: nobody acts in a history, so it says nothing of what acting brings.

    Args:
        learnt: The model of the history's last border.
        there: Newest model that is published; None if there is none.
        published_at: Wall clock.
    """
    if there is None:
        border, first, needed_from, policy = learnt.border, from_ms(0), 0, None
    else:
        border = first = max(learnt.border, there.border)
        needed_from, policy = there.learnt_until, there.policy
    replaced = {"border": border, "first_border": first, "learnt_until": needed_from, "policy": policy}
    return msgspec.structs.replace(learnt, published_at=published_at, **replaced)


def why_refused(there: Model, learnt: Model) -> str:
    """Return why a model that is there must not be replaced without ``--replace``."""
    if there.feature_set != FEATURE_SET:
        return f"model {there.version} is there, of features {there.feature_set}, not {FEATURE_SET}"
    if there.horizon_days != learnt.horizon_days:
        return f"model {there.version} is there, for {there.horizon_days:g} days, not {learnt.horizon_days:g}"
    return f"model {there.version} is there, learnt from {there.examples:,} answers"


def _learnt(source: HistorySource, settings: Settings) -> tuple[Model | None, int]:
    """Return the model of the last border of a history, None if nothing is answered before it; and how many refused."""
    backtest = Backtest(settings.risk, settings.learner, settings.segments, settings.money)
    grace_days, max_bytes = settings.risk.grace_days, settings.intake.max_event_bytes
    collect_rarely()
    with source.open(grace_days) as history, progress_bar("bytes read", history.size) as progress:
        reading = Reading(history, settings.money.rates, max_bytes, grace_days, progress)
        try:
            for _ in backtest.run(reading.interactions(), DecisionSchedule()):
                pass
        except HistoryError as error:
            raise UsageError(f"{source.name}, {error}") from None
        reading.refuse_reused(backtest.reused)
        progress(history.size or reading.bytes)
    for line in [*reading.found(settings.risk.horizon_days, tells_holes=True), *reading.tell_refused()]:
        typer.echo(line)
    return backtest.model, reading.all_refused


def _newest(kafka: KafkaSettings) -> Model | None:
    try:
        return newest_model(kafka)
    except msgspec.DecodeError:
        return None  # no worker could use it either


def publish_unless_told_to_end(kafka: KafkaSettings, model: Model, interrupts: Interrupts) -> None:
    """Publish a model, and return when the broker has it.

    Args:
        kafka: Section of the settings.
        model: The model.
        interrupts: Of this process; a signal is held back while librdkafka is called.

    Raises:
        ServerUnreachableError: Kafka does not take it.
        FatalError: Told to end meanwhile.
    """
    try:
        with interrupts.held_back():
            publish_model(PlainProducer(kafka, interrupts.told), model)
    except KeyboardInterrupt:
        raise FatalError("told to end; the model may be there, and --replace publishes it for certain") from None
