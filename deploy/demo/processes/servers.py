"""Servers of a demo: those that the environment names, and local ones in place of the others."""

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from deploy.local.server import Progress
from deploy.local.servers import LocalServers

_KAFKA = "STAYLINE_KAFKA__BOOTSTRAP_SERVERS"
_CLICKHOUSE = "STAYLINE_CLICKHOUSE__URL"


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses of Kafka and ClickHouse.

    Attributes:
        bootstrap_servers: Of Kafka.
        transactions: True if that broker has them.
        clickhouse_url: ClickHouse's HTTP interface.
        local: Starts and stops those of them that run here; None where none does.
    """

    bootstrap_servers: str
    transactions: bool
    clickhouse_url: str
    local: LocalServers | None = None

    def process_ids(self) -> dict[str, int]:
        """Return the process id of each server that runs here, by its name."""
        if self.local is None:
            return {}
        found = {"Kafka": self.local.kafka.process_id, "ClickHouse": self.local.clickhouse.process_id}
        return {name: number for name, number in found.items() if number is not None}


def open_servers(stack: ExitStack, folder: Path, progress: Progress) -> Servers:
    """Start what the environment does not name.

    Args:
        stack: Ends what was started.
        folder: For data and logs.
        progress: Told what is being done.

    Raises:
        LocalServerError: A server did not come up.
    """
    kafka, clickhouse = os.environ.get(_KAFKA), os.environ.get(_CLICKHOUSE)
    local = LocalServers(
        folder,
        broker="any" if kafka is None else "tansu",  # which is not started then
        clickhouse_less_urgent=True,
        keep_classes=False,
        usual_ports=True,
        progress=progress,
    )
    if kafka is None and clickhouse is None:
        stack.enter_context(local)
    elif kafka is None:
        stack.enter_context(local.kafka)
    elif clickhouse is None:
        stack.enter_context(local.clickhouse)
    return Servers(
        bootstrap_servers=local.kafka.bootstrap_servers if kafka is None else kafka,
        transactions=local.kafka.supports_transactions if kafka is None else True,
        clickhouse_url=local.clickhouse.url if clickhouse is None else clickhouse,
        local=local,
    )
