import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer
from confluent_kafka.cimpl import NewTopic

from deploy.local.kafka import KafkaCluster
from deploy.local.tansu import Tansu
from tests.kit.topics import make_anew
from tests.kit.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.servers, pytest.mark.takes(25)]
NEW_YEAR_1997 = 852_076_800_000
Broker = KafkaCluster | Tansu


def new_topic(broker: Broker, replicas: int = 1) -> str:
    name = f"topic-{uuid.uuid4()}"
    make_anew(broker.bootstrap_servers, [NewTopic(name, num_partitions=1, replication_factor=replicas)])
    return name


def producer(broker: Broker, **options: str | int) -> Producer:
    settings = {name.replace("_", "."): value for name, value in options.items()}
    return Producer({"bootstrap.servers": broker.bootstrap_servers, **settings})


def commit_one(cluster: KafkaCluster, topic: str, value: bytes) -> None:
    sender = producer(cluster, transactional_id=topic)
    sender.init_transactions(PATIENCE_SECONDS)
    sender.begin_transaction()
    sender.produce(topic, value)
    sender.commit_transaction(PATIENCE_SECONDS)


def read(broker: Broker, topic: str, count: int) -> list[Message]:
    consumer = Consumer(
        {
            "bootstrap.servers": broker.bootstrap_servers,
            "group.id": str(uuid.uuid4()),
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            # Tansu lets a group begin after half of this.
            "session.timeout.ms": 2000,
            "heartbeat.interval.ms": 500,
        }
    )
    consumer.subscribe([topic])
    try:
        messages = list(consumer.consume(count, timeout=PATIENCE_SECONDS))
    finally:
        consumer.close()
    assert all(message.error() is None for message in messages)
    return messages


@pytest.fixture
def tansu(tmp_path: Path) -> Iterator[Tansu]:
    with Tansu(tmp_path) as broker:
        yield broker


def test_a_committed_transaction_is_read_and_an_aborted_one_is_not(kafka: KafkaCluster) -> None:
    topic = new_topic(kafka)
    sender = producer(kafka, transactional_id=topic)
    sender.init_transactions(PATIENCE_SECONDS)
    sender.begin_transaction()
    sender.produce(topic, b"aborted")
    sender.flush(PATIENCE_SECONDS)
    sender.abort_transaction(PATIENCE_SECONDS)
    sender.begin_transaction()
    sender.produce(topic, b"committed")
    sender.commit_transaction(PATIENCE_SECONDS)
    assert [message.value() for message in read(kafka, topic, 1)] == [b"committed"]


def test_a_record_of_1997_keeps_its_time(kafka: KafkaCluster) -> None:
    topic = new_topic(kafka)
    sender = producer(kafka)
    sender.produce(topic, b"old", timestamp=NEW_YEAR_1997)
    assert sender.flush(PATIENCE_SECONDS) == 0
    assert [message.timestamp()[1] for message in read(kafka, topic, 1)] == [NEW_YEAR_1997]


def test_a_record_of_three_mebibytes_is_taken(kafka: KafkaCluster) -> None:
    topic = new_topic(kafka)
    value = bytes(3 * 1024 * 1024)
    sender = producer(kafka, message_max_bytes=4_000_000)
    sender.produce(topic, value)
    assert sender.flush(PATIENCE_SECONDS) == 0
    assert [message.value() for message in read(kafka, topic, 1)] == [value]


def test_a_topic_is_not_made_by_writing_to_it(kafka: KafkaCluster) -> None:
    failures: list[KafkaError | None] = []
    sender = producer(kafka, message_timeout_ms=1500)
    sender.produce(f"nobody-made-{uuid.uuid4()}", b"lost", on_delivery=lambda error, _: failures.append(error))
    try:
        sender.flush(PATIENCE_SECONDS)
    except KafkaException as error:
        failures.append(error.args[0])
    assert failures
    assert failures[0] is not None


def test_a_cluster_finds_its_records_again_in_its_folder(tmp_path: Path, kafka: KafkaCluster) -> None:
    assert kafka.supports_transactions
    with KafkaCluster(1, tmp_path) as first:
        topic = new_topic(first)
        commit_one(first, topic, b"kept")
    with KafkaCluster(1, tmp_path) as second:
        assert [message.value() for message in read(second, topic, 1)] == [b"kept"]


def test_three_nodes_commit_while_one_is_dead_and_take_it_back(tmp_path: Path, kafka: KafkaCluster) -> None:
    assert kafka.supports_transactions
    with KafkaCluster(3, tmp_path) as cluster:
        topic = new_topic(cluster, replicas=3)
        cluster.kill(2)
        commit_one(cluster, topic, b"with two")
        cluster.restart(2)
        assert [message.value() for message in read(cluster, topic, 1)] == [b"with two"]


def test_what_a_killed_node_unpacked_lies_in_its_folder(tmp_path: Path) -> None:
    with KafkaCluster(1, tmp_path) as cluster:
        new_topic(cluster)
        sender = producer(cluster, compression_type="lz4")
        sender.produce(new_topic(cluster), b"x" * 10_000)
        assert sender.flush(PATIENCE_SECONDS) == 0
        read_back = producer(cluster, compression_type="zstd")
        read_back.produce(new_topic(cluster), b"x" * 10_000)
        assert read_back.flush(PATIENCE_SECONDS) == 0
        cluster.kill(1)
        assert list((tmp_path / "kafka-1").glob("*.so")), "Java did not unpack its libraries there"


def test_tansu_takes_and_gives_records(tansu: Tansu) -> None:
    topic = new_topic(tansu)
    sender = producer(tansu)
    sender.produce(topic, b"plain", timestamp=NEW_YEAR_1997)
    assert sender.flush(PATIENCE_SECONDS) == 0
    assert [message.value() for message in read(tansu, topic, 1)] == [b"plain"]
    assert not tansu.supports_transactions
