"""Settings of a local broker: `server.properties` and the logging beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.local.kafka.secured import Secured

MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024

LOGGING = """\
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %m (%c)%n
rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
"""

# Records keep the time they are given, be it 1997, so nothing is ever deleted for its age. Internal topics are small
# and groups settle at once, because a local server is judged by how soon it serves. Nothing is written to the metadata
# while nothing changes there: that took half of what an idle node takes of a processor.
_UNCHANGING: Final[dict[str, str | int]] = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "BROKER",
    "auto.create.topics.enable": "false",
    "broker.heartbeat.interval.ms": 500,
    "metadata.max.idle.interval.ms": 0,
    "log.retention.ms": -1,
    "log.retention.bytes": -1,
    "message.max.bytes": MAX_MESSAGE_BYTES,
    "replica.fetch.max.bytes": MAX_MESSAGE_BYTES,
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1000,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.num.partitions": 4,
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1000,
    "share.coordinator.state.topic.min.isr": 1,
}


def server_properties(
    node: int,
    ports: Sequence[tuple[int, int]],
    data: Path,
    silent_seconds: int,
    secured: tuple[Secured, int] | None = None,
) -> str:
    """Write the settings of one node that is broker and controller in one.

    Args:
        node: Its number, from 1.
        ports: Of every node in order, the port for clients and the port of its controller.
        data: Folder of its logs.
        silent_seconds: Until a node that is not heard of counts as dead.
        secured: A second listener and its port.

    Returns:
        The text of a `server.properties`.
    """
    client_port, controller_port = ports[node - 1]
    voters = ",".join(f"{number}@127.0.0.1:{port}" for number, (_, port) in enumerate(ports, start=1))
    settings: dict[str, str | int] = {
        **_UNCHANGING,
        "node.id": node,
        "controller.quorum.voters": voters,
        "listeners": f"BROKER://127.0.0.1:{client_port},CONTROLLER://127.0.0.1:{controller_port}",
        "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(data),
        "broker.session.timeout.ms": silent_seconds * 1000,
        **_replicated(min(3, len(ports))),
    }
    if secured is not None:
        listener, port = secured
        settings["listeners"] = f"{settings['listeners']},SECURED://127.0.0.1:{port}"
        settings["listener.security.protocol.map"] = f"{settings['listener.security.protocol.map']},SECURED:SASL_SSL"
        settings |= listener.properties()
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _replicated(replicas: int) -> dict[str, str | int]:
    """Return the settings that follow from the number of copies: of three, one may be away."""
    in_sync = 2 if replicas == 3 else 1  # noqa: PLR2004
    return {
        "default.replication.factor": replicas,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": replicas,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": replicas,
    }
