"""The settings of a Faust app of ours."""

from pathlib import Path
from typing import Any, Final

from schemas.settings.connections import KafkaSettings
from streams.faust.credentials import credentials_of

_HEARTBEATS_A_SESSION: Final = 6
_REQUEST_SECONDS: Final = 30.0
_REBALANCE_SECONDS: Final = 60.0


def faust_options(kafka: KafkaSettings, folder: Path, buffered_records: int) -> dict[str, Any]:
    """Return the keyword arguments of a Faust app.

    Args:
        kafka: Section of the settings.
        folder: Faust's own folder.
        buffered_records: Records fetched ahead at most.

    Raises:
        UsageError: A certificate cannot be used.
    """
    session_seconds = kafka.session_timeout_seconds
    return {
        "broker": [f"kafka://{server.strip()}" for server in kafka.bootstrap_servers.split(",")],
        "broker_credentials": credentials_of(kafka),
        "datadir": folder,
        "store": "memory://",
        "web_enabled": False,
        "topic_allow_declare": False,  # topics are made by `stayline topics`, with their own settings
        "topic_disable_leader": True,
        "table_standby_replicas": 0,
        "stream_buffer_maxsize": buffered_records,
        "stream_wait_empty": True,
        "consumer_auto_offset_reset": "earliest",
        "broker_session_timeout": session_seconds,
        "broker_heartbeat_interval": session_seconds / _HEARTBEATS_A_SESSION,
        "broker_request_timeout": max(_REQUEST_SECONDS, session_seconds) + 5,
        "broker_rebalance_timeout": _REBALANCE_SECONDS,
    }
