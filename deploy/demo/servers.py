"""The servers that the demo plays on: those that the settings name, and local ones in place of the others."""

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from deploy.local.process import Progress
from deploy.local.servers import LocalServers

_KAFKA = "STAYLINE_KAFKA__BOOTSTRAP_SERVERS"
_CLICKHOUSE = "STAYLINE_CLICKHOUSE__URL"


@dataclass(frozen=True, slots=True)
class Servers:
    """Where everything is.

    Attributes:
        bootstrap_servers: Of Kafka.
        transactions: Whether that broker has them.
        clickhouse_url: ClickHouse's HTTP interface.
        local: Those of them that run here, if any.
    """

    bootstrap_servers: str
    transactions: bool
    clickhouse_url: str
    local: LocalServers | None = None


def open_servers(stack: ExitStack, folder: Path, progress: Progress) -> Servers:
    """Start what the environment does not name.

    Args:
        stack: Ends what was started.
        folder: For data and logs.
        progress: Told what is being done.

    Raises:
        ServerFailed: A server did not come up.
    """
    kafka, clickhouse = os.environ.get(_KAFKA), os.environ.get(_CLICKHOUSE)
    local = LocalServers(folder, clickhouse_less_urgent=True, progress=progress)
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
