"""Outages of a kept demo's servers: told in a line each, and ended by a new start where a server has ended."""

import time
from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from typing import Final, Protocol

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from deploy.demo.processes.servers import Servers
from deploy.local.ports import answers
from deploy.local.server import LocalServerError

_LOOK_SECONDS: Final = 1.0
_ANSWER_SECONDS: Final = 3.0
_SILENT_SECONDS: Final = 5.0
"""Silence that counts as an outage; a busy machine answers late."""

AGAIN_SECONDS: Final = 15.0
"""Time from a server's end to its new start, in which the pipeline can be seen without it."""

Report = Callable[[str], None]


class Restartable(Protocol):
    """A local server that keeps its data over a restart."""

    def start(self) -> None:
        """Start it, and return when it serves."""

    def why_ended(self) -> str | None:
        """Return in one line how it ended; None while it runs."""


class ServerKeeper:
    """Looks after one server, in a thread of its own.

    Args:
        name: Of the server, for messages.
        ask: Return True if the server answers, within some seconds.
        meanwhile: What the pipeline does without it, for messages.
        report: Told of each outage in one line, and of its end in another.
        server: Started again when it has ended; None for one that runs elsewhere.
        again_seconds: Time from its end to its new start.
    """

    def __init__(
        self,
        name: str,
        ask: Callable[[], bool],
        meanwhile: str,
        report: Report,
        server: Restartable | None = None,
        again_seconds: float = AGAIN_SECONDS,
    ) -> None:
        self._name, self._ask, self._meanwhile, self._report, self._server = name, ask, meanwhile, report, server
        self._again_seconds = again_seconds
        self._stop = Event()
        self._answered_at = time.monotonic()
        self._thread = Thread(target=self._run, name=f"keeps {name}", daemon=True)
        self.away = False
        """True from the moment an outage is told until its end is."""

        self.failure: LocalServerError | None = None
        """Why the server cannot be started again."""

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no longer; to be called before the server is stopped."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_ANSWER_SECONDS)

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            why = self._server.why_ended() if self._server is not None else None
            try:
                if why is not None:
                    self._start_again(why)
                self._look()
            except LocalServerError as failure:
                self.failure = failure
                return

    def _look(self) -> None:
        if self._ask():
            if self.away:
                self._report(f"{self._name} answers again after {self._silent_seconds():.0f} s; all goes on by itself")
            self.away, self._answered_at = False, time.monotonic()
        elif not self.away and self._silent_seconds() > _SILENT_SECONDS:
            self._begin(f"{self._name} does not answer")

    def _start_again(self, why: str) -> None:
        self._begin(f"{why}; it is started again in {self._again_seconds:.0f} s")
        if self._server is not None and not self._stop.wait(self._again_seconds):
            self._server.start()

    def _begin(self, what: str) -> None:
        self.away = True
        self._report(f"{what}. Meanwhile {self._meanwhile}")

    def _silent_seconds(self) -> float:
        return time.monotonic() - self._answered_at


def keepers_of(servers: Servers, report: Report) -> list[ServerKeeper]:
    """Make a keeper for each server; one that loses its data with its process is not started again.

    Args:
        servers: What the demo works with.
        report: Told of outages.
    """
    kafka = servers.local.kafka if servers.local is not None and servers.transactions else None
    clickhouse = servers.local.clickhouse if servers.local is not None else None
    return [
        ServerKeeper(
            "Kafka", partial(_kafka_answers, servers.bootstrap_servers), "every process waits for it", report, kafka
        ),
        ServerKeeper(
            "ClickHouse",
            partial(answers, f"{servers.clickhouse_url}/ping", _ANSWER_SECONDS),
            "rows wait on Kafka, while scores and alerts go on",
            report,
            clickhouse,
        ),
    ]


def _kafka_answers(bootstrap_servers: str) -> bool:
    try:
        admin = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0})
        return bool(admin.list_topics(timeout=_ANSWER_SECONDS).brokers)
    except KafkaException:
        return False
