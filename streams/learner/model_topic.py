"""The topic of the models, one for each border: reads the newest one, and publishes another."""

from threading import Event
from typing import Final

from runtime.kafka.offsets import OffsetClient
from runtime.kafka.producer import PlainProducer
from runtime.kafka.topic_reader import read_topic
from schemas.errors import ServerUnreachableError, StaylineError
from schemas.moments import to_ms
from schemas.records.encode import encode_record
from schemas.records.model import Model, decode_model
from schemas.settings.connections import KafkaSettings
from schemas.topics import MODEL_EPOCHS

_PLACE: Final = (MODEL_EPOCHS, 0)


def newest_model(kafka: KafkaSettings) -> Model | None:
    """Read the newest published model; None if there is none.

    Args:
        kafka: Section of the settings.

    Raises:
        msgspec.DecodeError: It cannot be read.
        ServerUnreachableError: Kafka does not answer.
    """
    end = OffsetClient(kafka).ends([_PLACE], committed=True)[_PLACE]
    return _last_from(kafka, max(end - 1, 0), end) or _last_from(kafka, 0, end)


def _last_from(kafka: KafkaSettings, begin: int, end: int) -> Model | None:
    """Return the last model from an offset on; a marker of a transaction may lie at the end."""
    newest: bytes | None = None
    for message in read_topic(kafka, f"{MODEL_EPOCHS}-newest", MODEL_EPOCHS, {0: end}, Event(), {0: begin}):
        value = message.value()
        newest = value if isinstance(value, bytes) and value else newest
    return None if newest is None else decode_model(newest)


def publish_model(producer: PlainProducer, model: Model) -> None:
    """Publish the model of a border, and return when the broker has it.

    The record is stamped with the border, so that a reader can start at one.

    Args:
        producer: Writes it.
        model: The model.

    Raises:
        ServerUnreachableError: Kafka does not take it.
    """
    try:
        border = to_ms(model.border)
        producer.write(MODEL_EPOCHS, encode_record(model), str(border).encode(), timestamp_ms=max(border, 0))
    except StaylineError as error:
        raise ServerUnreachableError(f"model {model.version} could not be published: {error}") from None
