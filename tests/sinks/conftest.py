"""An empty database for every test, and the sink's topics with nothing in them."""

from collections.abc import Iterator
from threading import Event, Thread
from typing import Any, Self
from urllib.error import HTTPError, URLError
from urllib.request import urlopen
from uuid import uuid4

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka.cimpl import NewTopic

from deploy.local.clickhouse import ClickHouse
from deploy.local.kafka import KafkaCluster
from schemas.settings import ClickHouseSettings, KafkaSettings
from schemas.topics import STORED_TOPICS
from sinks.clickhouse.client import open_client
from sinks.clickhouse.migrate import migrate
from tests.kit.topics import delete, make_anew
from tests.kit.waiting import PATIENCE_SECONDS

PARTITIONS = 3

_FILLED = (
    "SELECT name FROM system.tables "
    "WHERE database = currentDatabase() AND total_rows > 0 AND name NOT IN ('schema_migrations', 'schema_views')"
)


class Background:
    """A process's loop in a thread, stopped and joined at the end of its block."""

    def __init__(self, run: Any, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - whatever is run
        self.stop = Event()
        self.error: BaseException | None = None
        self._thread = Thread(target=self._run, args=(run, arguments, named))

    def _run(self, run: Any, arguments: Any, named: Any) -> None:  # noqa: ANN401 - whatever is run
        try:
            run(*arguments, **named, stop=self.stop)
        except BaseException as error:  # noqa: BLE001 - the test asks for it
            self.error = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._thread.join(PATIENCE_SECONDS)

    def wait_for_end(self) -> None:
        """Wait until it ends by itself."""
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()


def answer(port: int, path: str) -> tuple[int, str]:
    """Status and words of /live or /ready, which answer 503 when all is not well."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/{path}", timeout=PATIENCE_SECONDS) as response:
            return response.status, response.read().decode().strip()
    except HTTPError as error:
        return error.code, error.read().decode().strip()
    except URLError:
        return 0, ""


def metrics(port: int) -> str:
    """What /metrics shows."""
    return answer(port, "metrics")[1]


def new_database(clickhouse: ClickHouse) -> ClickHouseSettings:
    """Make an empty database with this program's schema."""
    settings = ClickHouseSettings(url=clickhouse.url, database=f"stayline_{uuid4().hex}")
    migrate(settings)
    return settings


@pytest.fixture(scope="session")
def lasting_database(clickhouse: ClickHouse) -> ClickHouseSettings:
    """One for all who leave the schema as it is: making it costs as much as a dozen of their tests."""
    return new_database(clickhouse)


@pytest.fixture
def database(
    request: pytest.FixtureRequest, clickhouse: ClickHouse, lasting_database: ClickHouseSettings
) -> ClickHouseSettings:
    """An empty database with this program's schema; one of its own for a test marked ``alters``."""
    if request.node.get_closest_marker("alters"):
        return new_database(clickhouse)
    settings = lasting_database
    with open_client(settings) as opened:
        for (table,) in opened.query(_FILLED).result_rows:
            opened.command(f"TRUNCATE TABLE `{table}`")
    return settings


@pytest.fixture
def client(database: ClickHouseSettings) -> Iterator[Client]:
    """A connection to that database."""
    with open_client(database) as opened:
        yield opened


@pytest.fixture
def kafka_settings(kafka: KafkaCluster) -> Iterator[KafkaSettings]:
    """The broker, with the sink's topics empty."""
    make_anew(kafka.bootstrap_servers, [NewTopic(topic, PARTITIONS, 1) for topic in STORED_TOPICS])
    yield KafkaSettings(bootstrap_servers=kafka.bootstrap_servers)
    delete(kafka.bootstrap_servers, list(STORED_TOPICS))
