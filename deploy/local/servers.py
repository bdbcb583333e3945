"""The servers that a bare machine lacks, started together: a Kafka broker and ClickHouse."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Literal

from deploy.local.clickhouse import ClickHouse
from deploy.local.kafka import KafkaCluster, kafka_available
from deploy.local.server import Progress, Server, quiet
from deploy.local.tansu import Tansu

KAFKA_PORT: Final = 9092
CLICKHOUSE_PORT: Final = 8123


class LocalServers(Server):
    """A broker and ClickHouse, started side by side and stopped together.

    Kafka itself where its jars can be had; Tansu, which has no transactions, where they cannot.

    Args:
        folder: Where data and logs go and stay; a temporary one, removed at the end, when not given.
        nodes: Kafka nodes.
        broker: `kafka` insists on Kafka itself, `tansu` on Tansu, `any` prefers Kafka.
        cache: Folder of Kafka's jars; the user's cache when not given.
        silent_seconds: Until a Kafka node that is not heard of counts as dead; see ``KafkaCluster``.
        clickhouse_less_urgent: Let all else on this machine go before ClickHouse.
        keep_classes: Let a first broker write the classes that it loads; see ``KafkaCluster``.
        usual_ports: Take Kafka's and ClickHouse's usual ports where these are free.
        progress: Told what is being done; called from several threads.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        nodes: Literal[1, 3] = 1,
        broker: Literal["any", "kafka", "tansu"] = "any",
        cache: Path | None = None,
        silent_seconds: int | None = None,
        clickhouse_less_urgent: bool = False,
        keep_classes: bool = True,
        usual_ports: bool = False,
        progress: Progress = quiet,
    ) -> None:
        self._open = ExitStack()
        if folder is None:
            folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="stayline-")))
        kafka_port, clickhouse_port = (KAFKA_PORT, CLICKHOUSE_PORT) if usual_ports else (None, None)
        self.kafka: KafkaCluster | Tansu
        """The broker; see its `bootstrap_servers` and `supports_transactions`."""
        if broker == "tansu" or (broker == "any" and not _has_kafka(cache, progress)):
            self.kafka = Tansu(folder, usual_port=kafka_port, progress=progress)
        else:
            self.kafka = KafkaCluster(
                nodes,
                folder,
                cache=cache,
                silent_seconds=silent_seconds,
                keep_classes=keep_classes,
                usual_port=kafka_port,
                progress=progress,
            )
        self.clickhouse = ClickHouse(
            folder, less_urgent=clickhouse_less_urgent, usual_port=clickhouse_port, progress=progress
        )
        """ClickHouse; see its `url`."""

    def start(self) -> None:
        """Start both at once and wait for both.

        Raises:
            LocalServerError: One of them did not come up; `stop` ends the other.
        """
        self._open.callback(self.clickhouse.stop)
        self._open.callback(self.kafka.stop)
        with ThreadPoolExecutor(2) as threads:
            starting = [threads.submit(self.kafka.start), threads.submit(self.clickhouse.start)]
        for started in starting:
            started.result()

    def why_ended(self) -> str | None:
        """Say in one line how one of them ended by itself; None while those that were started run."""
        return self.kafka.why_ended() or self.clickhouse.why_ended()

    def stop(self) -> None:
        """Stop both, and remove the folder if it was a temporary one."""
        self._open.close()


def _has_kafka(cache: Path | None, progress: Progress) -> bool:
    """Return True if Kafka's jars can be had; say why where they cannot."""
    reason = kafka_available(cache, progress)
    if reason is not None:
        progress(f"{reason}: taking Tansu instead, which has no transactions")
    return reason is None
