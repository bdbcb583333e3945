"""Servers that tests share one after the other, and how one test leaves them to the next."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from typing import Final, NamedTuple, Self

from clickhouse_connect.driver.client import Client
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from deploy.demo.processes.servers import Servers
from deploy.local.clickhouse import ClickHouse
from deploy.local.kafka import KafkaCluster
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from tests.kit.topics import delete
from tests.kit.waiting import PATIENCE_SECONDS

_FILLED: Final = (
    "SELECT name FROM system.tables "
    "WHERE database = currentDatabase() AND total_rows > 0 AND name NOT IN ('schema_migrations', 'schema_views')"
)


class SharedServers(NamedTuple):
    """A broker and ClickHouse that run for as long as the pytest worker.

    Attributes:
        kafka: One node. Topics have fixed names, so only one test or story at a time has topics there.
        clickhouse: The engine behind HTTP.
    """

    kafka: KafkaCluster
    clickhouse: ClickHouse

    @property
    def addresses(self) -> Servers:
        """Return their addresses, as the demo's processes want them."""
        return Servers(self.kafka.bootstrap_servers, transactions=True, clickhouse_url=self.clickhouse.url)

    @contextmanager
    def cleared(self) -> Iterator[Self]:
        """Begin a block without topics, and leave neither topics nor consumer groups nor rows of it behind.

        The usual database keeps its tables, if it has any: to make them anew costs as much as a dozen tests. Nobody may
        alter them; databases of other names that the block has made are dropped.
        """
        clear_kafka(self.kafka)
        usual = ClickHouseSettings(url=self.clickhouse.url)
        others = self._databases()
        try:
            yield self
        finally:
            clear_kafka(self.kafka)
            made = self._databases()
            with self._client() as client:
                for database in made - others - {usual.database}:
                    client.command(f"DROP DATABASE `{database}` SYNC")
            if usual.database in made:
                with open_client(usual) as client:
                    empty_tables(client)

    def _databases(self) -> set[str]:
        with self._client() as client:
            return {row[0] for row in client.query("SELECT name FROM system.databases").result_rows}

    def _client(self) -> AbstractContextManager[Client]:
        return open_client(ClickHouseSettings(url=self.clickhouse.url), database="")


def empty_tables(client: Client) -> None:
    """Delete every row of a database, except those that say how its tables were made."""
    for (table,) in client.query(_FILLED).result_rows:
        client.command(f"TRUNCATE TABLE `{table}`")


def clear_kafka(kafka: KafkaCluster) -> None:
    """Delete every topic and consumer group of a broker."""
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    topics = admin.list_topics(timeout=PATIENCE_SECONDS).topics
    own = [topic for topic in topics if not topic.startswith("__")]
    if own:
        delete(kafka.bootstrap_servers, own)
    groups = [one.group_id for one in admin.list_consumer_groups(request_timeout=PATIENCE_SECONDS).result().valid]
    if groups:
        for deleted in admin.delete_consumer_groups(groups, request_timeout=PATIENCE_SECONDS).values():
            _tolerate_members(deleted)


def _tolerate_members(deleted: Future[None]) -> None:
    """Leave a group alone whose killed members the broker still waits for: its offsets went with the topics."""
    try:
        deleted.result()
    except KafkaException:
        return
