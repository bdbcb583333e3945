"""The demo as a person starts it, on servers that run already."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import pytest
from confluent_kafka import Consumer

from deploy.demo.processes.pipeline import stayline
from runtime.kafka.options import consumer_options
from schemas.events.raw_events import RAW_TOPICS
from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import WorkerSettings
from streams.topics import create_topics
from tests.integration.stack import CUSTOMER_PARTITIONS, LOOK_SECONDS, RAW_PARTITIONS
from tests.kit.servers import SharedServers
from tests.kit.waiting import LEISURELY, PATIENCE_SECONDS, wait_until

EVENTS = 400

pytestmark = [pytest.mark.servers, pytest.mark.takes(45)]


@dataclass(frozen=True)
class Stand:
    """Servers that demos run on, and the environment that names them.

    Attributes:
        servers: That run already.
        environment: Names them.
    """

    servers: SharedServers
    environment: dict[str, str]


@pytest.fixture(scope="module")
def stand(servers: SharedServers, tmp_path_factory: pytest.TempPathFactory) -> Stand:
    """Return servers that run already."""
    addresses = servers.addresses
    environment = {
        "STAYLINE_KAFKA__BOOTSTRAP_SERVERS": addresses.bootstrap_servers,
        "STAYLINE_CLICKHOUSE__URL": addresses.clickhouse_url,
        "STAYLINE_KAFKA__RAW_PARTITIONS": str(RAW_PARTITIONS),
        "STAYLINE_KAFKA__INTERACTIONS_PARTITIONS": str(CUSTOMER_PARTITIONS),
        **LEISURELY,
        "TMPDIR": str(tmp_path_factory.mktemp("demo")),
        "COLUMNS": "120",
    }
    return Stand(servers, {**os.environ, **environment})


@pytest.fixture(scope="module")
def shown(stand: Stand) -> str:
    """Output of the demo."""
    with stand.servers.cleared():
        ended = subprocess.run(
            stayline("demo", "--limit", str(EVENTS)),
            env=stand.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=2 * PATIENCE_SECONDS,
        )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_it_says_that_every_event_has_arrived_once(shown: str) -> None:
    assert f"{EVENTS} ({EVENTS} distinct event ids)" in shown


def test_it_names_the_customers_with_most_to_lose_and_why(shown: str) -> None:
    assert "since the only one" not in shown, "nobody is silent on the day of a purchase"
    assert "Bought only once" in shown


def test_it_answers_questions_from_clickhouse(shown: str) -> None:
    assert "1997-01-01" in shown


def test_interrupted_while_it_publishes_live_events_it_ends_without_a_word(stand: Stand) -> None:
    kafka = KafkaSettings(
        bootstrap_servers=stand.servers.kafka.bootstrap_servers,
        raw_partitions=RAW_PARTITIONS,
        interactions_partitions=CUSTOMER_PARTITIONS,
    )
    with stand.servers.cleared(), _published(kafka) as published:
        demo = subprocess.Popen(
            stayline("demo", "--limit", str(EVENTS), "--live", "--speed", "10000"),
            env=stand.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            wait_until(lambda: published() > EVENTS + 20 or demo.poll() is not None, "live events come")
            demo.send_signal(signal.SIGINT)
            _, complaints = demo.communicate(timeout=PATIENCE_SECONDS)
        finally:
            demo.kill()
    assert (demo.returncode, complaints) == (0, "")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--live", "--source", "cdnow"], "the real log ended in 1998 and has no live events"),
        (["--speed", "100"], "--speed goes with --live"),
    ],
)
def test_options_that_do_not_go_together_are_refused_at_once(options: list[str], why: str) -> None:
    ended = subprocess.run(stayline("demo", *options), capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert why in ended.stderr


@contextmanager
def _published(kafka: KafkaSettings) -> Iterator[Callable[[], int]]:
    """Create the topics, and give the number of raw events that have come so far; each is read once."""
    create_topics(kafka, WorkerSettings())
    consumer, seen = Consumer(consumer_options(kafka, uuid4().hex)), 0
    consumer.subscribe(list(RAW_TOPICS))

    def read_on() -> int:
        nonlocal seen
        seen += sum(message.error() is None for message in consumer.consume(5_000, LOOK_SECONDS))
        return seen

    try:
        yield read_on
    finally:
        consumer.close()
