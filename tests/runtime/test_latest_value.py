"""A worker scores with the newest model: read to the end at the start, and followed without waiting."""

import uuid
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic  # type: ignore[attr-defined]

from deploy.local.kafka import KafkaCluster
from runtime.kafka.latest_value import LatestValue
from schemas.settings import KafkaSettings
from tests.kit.topics import make_anew
from tests.kit.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.servers


class Models:
    """A topic of models and someone who publishes on it."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.topic = f"models-{uuid.uuid4().hex[:8]}"
        make_anew(bootstrap_servers, [NewTopic(self.topic, 1, 1, config={"cleanup.policy": "compact"})])
        self._producer = Producer({"bootstrap.servers": bootstrap_servers, "transactional.id": self.topic})
        self._producer.init_transactions(PATIENCE_SECONDS)

    def publish(self, value: bytes, *, committed: bool = True) -> None:
        """Publish a model in a transaction."""
        self._producer.begin_transaction()
        self._producer.produce(self.topic, value, b"model")
        self._producer.flush(PATIENCE_SECONDS)
        if committed:
            self._producer.commit_transaction(PATIENCE_SECONDS)
        else:
            self._producer.abort_transaction(PATIENCE_SECONDS)


@pytest.fixture
def models(kafka: KafkaCluster) -> Models:
    return Models(kafka.bootstrap_servers)


@pytest.fixture
def follower(kafka: KafkaCluster, models: Models) -> Iterator[LatestValue]:
    follower = LatestValue(KafkaSettings(bootstrap_servers=kafka.bootstrap_servers), models.topic)
    yield follower
    follower.close()


def test_catching_up_returns_the_newest_committed_model(models: Models, follower: LatestValue) -> None:
    for number in range(20):
        models.publish(b"model %d" % number)
    models.publish(b"never published", committed=False)
    assert follower.catch_up() == b"model 19"


def test_catching_up_on_an_empty_topic_returns_nothing(follower: LatestValue) -> None:
    assert follower.catch_up() is None


def test_a_model_published_later_is_returned_once(models: Models, follower: LatestValue) -> None:
    models.publish(b"old")
    follower.catch_up()
    assert follower.poll() is None
    models.publish(b"new")
    seen: list[bytes] = []

    def arrived() -> bool:
        newest = follower.poll()
        if newest is not None:
            seen.append(newest)
        return bool(seen)

    wait_until(arrived)
    assert seen == [b"new"]
    assert follower.poll() is None
