"""The topic of the models: reads the newest one, and publishes another."""

from contextlib import closing
from typing import Final

from customers.features import FEATURE_SET
from runtime.kafka.latest_value import LatestValue
from runtime.kafka.producer import PlainProducer
from schemas.errors import ServerUnreachableError, StaylineError
from schemas.model import Model, decode_model
from schemas.records import encode_record
from schemas.settings import KafkaSettings
from schemas.topics import MODEL_EPOCHS

_KEY: Final = FEATURE_SET.encode()


def newest_model(kafka: KafkaSettings) -> Model | None:
    """Read the newest published model; None if there is none.

    Args:
        kafka: Section of the settings.

    Raises:
        msgspec.DecodeError: It cannot be read.
        TimeoutError: The topic could not be read to its end.
    """
    with closing(LatestValue(kafka, MODEL_EPOCHS)) as reader:
        newest = reader.catch_up()
    return None if newest is None else decode_model(newest)


def publish_model(producer: PlainProducer, model: Model) -> None:
    """Publish a model, and return when the broker has it.

    Args:
        producer: Writes it.
        model: The model.

    Raises:
        ServerUnreachableError: Kafka does not take it.
    """
    try:
        producer.write(MODEL_EPOCHS, encode_record(model), _KEY)
    except StaylineError as error:
        raise ServerUnreachableError(f"model {model.version} could not be published: {error}") from None
