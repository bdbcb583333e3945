"""A model learnt from a file of events becomes the one that production starts with."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Final

import msgspec
import typer
from confluent_kafka import KafkaError, Message, Producer

from customers.features import FEATURE_SET
from risk.evaluation.backtest import Backtest
from risk.evaluation.decision_schedule import Timetable
from risk.learning.learner import Learner
from runtime.kafka.clients import client_options, producer_options, require_kafka
from runtime.kafka.latest_value import ModelFollower
from runtime.service.garbage_collection import collect_rarely
from schemas.errors import ServerUnreachableError, UsageError
from schemas.history import HistoryError
from schemas.model import Model, decode_model
from schemas.records import encode_record
from schemas.settings import KafkaSettings
from streams.backtest.reading import Reading
from streams.command.common import open_lines, progress_bar
from streams.settings import Settings, load_settings
from streams.topics import MODELS, require_partitions

_TIMEOUT: Final = 30.0


def run_learning(file: str, *, replace: bool) -> None:
    """Learn a history, publish the model, and tell how good its answers were.

    Args:
        file: NDJSON, or ``-`` for standard input.
        replace: Publish whatever is there.

    Raises:
        UsageError: The file cannot be used, has too few answers, or a model is there.
        ServerUnreachableError: Kafka does not answer.
    """
    settings = load_settings()
    require_kafka(settings.kafka)
    require_partitions(settings.kafka, settings.worker, (MODELS,))
    learner = _learnt(file, settings)
    if learner.examples < settings.risk.min_examples:
        least = settings.risk.min_examples
        raise UsageError(f"{file} answers {learner.examples:,} questions; a model is trusted from {least:,} on")
    there = _newest(settings.kafka)
    if there is not None and not replace:
        raise UsageError(f"{why_refused(there, learner)}; --replace publishes all the same")
    model = learner.publish(0 if there is None else there.learnt_until, datetime.now(UTC))
    _publish(settings.kafka, model)
    typer.echo(f"published {model.version}, learnt from {model.examples:,} answers")
    typer.echo(f"  latest answers: log-loss {model.log_loss:.4f}, the average alone {model.prior_log_loss:.4f}")


def why_refused(there: Model, learner: Learner) -> str:
    """Why what was learnt must not replace the model that is there, unless that is wished for."""
    if there.feature_set != FEATURE_SET:
        return f"model {there.version} is there, of features {there.feature_set}, not {FEATURE_SET}"
    if there.horizon_days != learner.horizon_days:
        return f"model {there.version} is there, for {there.horizon_days:g} days, not {learner.horizon_days:g}"
    return f"model {there.version} is there, learnt from {there.examples:,} answers"


def _learnt(file: str, settings: Settings) -> Learner:
    backtest = Backtest(settings.risk, settings.learner, settings.segments, settings.money)
    collect_rarely()
    with open_lines(file) as (lines, size), progress_bar("bytes read", size) as progress:
        reading = Reading(lines, settings.money.rates, settings.intake.max_event_bytes, progress)
        try:
            for _ in backtest.run(reading.interactions(), Timetable()):
                pass
        except HistoryError as error:
            raise UsageError(f"{file}, {error}") from None
        progress(size or reading.bytes)
    for line in reading.tell_refused():
        typer.echo(line)
    return backtest.learner


def _newest(kafka: KafkaSettings) -> Model | None:
    with closing(ModelFollower(kafka.bootstrap_servers, MODELS, client_options(kafka))) as follower:
        newest = follower.catch_up()
    try:
        return None if newest is None else decode_model(newest)
    except msgspec.DecodeError:
        return None  # nobody could use it


def _publish(kafka: KafkaSettings, model: Model) -> None:
    refused: list[KafkaError] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            refused.append(error)

    producer = Producer(producer_options(kafka, None))
    producer.produce(MODELS, encode_record(model), FEATURE_SET.encode(), on_delivery=delivered)
    if producer.flush(_TIMEOUT) or refused:
        raise ServerUnreachableError(f"the model could not be published: {refused[0] if refused else 'no answer'}")
