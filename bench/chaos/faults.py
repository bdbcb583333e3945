"""Injects faults, and repairs everything afterwards."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from bench.chaos.plan import Fault, Kind
from bench.chaos.proxy import Mode
from bench.chaos.stack import ChaosStack
from bench.chaos.supervise import Supervised
from deploy.local.server import LocalServerError
from runtime.kafka.options import client_options
from schemas.topics import INTERACTIONS

_PAUSE_SECONDS: Final = 20.0
_DOWN_SECONDS: Final = 6.0
_AWAY_SECONDS: Final = 60.0
_EXTRA_SECONDS: Final = 20.0
_ROLL_SECONDS: Final = 3.0
_HEAL_SECONDS: Final = 180.0
_TRIES: Final = 3

_SPOILT: Final[dict[Kind, Mode]] = {
    "ClickHouse refuses connections": "refuse",
    "ClickHouse hangs up": "hang_up",
    "ClickHouse answers 500": "error_500",
    "ClickHouse's replies lost": "drop_reply",
    "ClickHouse has too many parts": "too_many_parts",
}
_log = logging.getLogger(__name__)


class Faults:
    """Carries a plan out; long faults overlap with others, but never two with the same server."""

    def __init__(self, stack: ChaosStack) -> None:
        """Break nothing yet."""
        self._stack = stack
        self._threads = ThreadPoolExecutor(16, thread_name_prefix="fault")
        self._brokers = threading.Lock()
        self._clickhouse = threading.Lock()
        self._began = time.monotonic()
        self._extra = 0
        self.done: Counter[Kind] = Counter()
        self.kills: Counter[str] = Counter()
        """By kind of process."""

    def run(self, plan: Sequence[Fault], seconds: float) -> None:
        """Do what is planned and return when all is whole again.

        Args:
            plan: The first fault first.
            seconds: How long the run lasts at least.

        Raises:
            LocalServerError: A server did not come back.
        """
        self._began = time.monotonic()
        under_way: list[Future[None]] = []
        for fault in plan:
            time.sleep(max(self._began + fault.at - time.monotonic(), 0))
            under_way.append(self._threads.submit(self._do, fault))
        time.sleep(max(self._began + seconds - time.monotonic(), 0))
        for one in under_way:
            one.result(_HEAL_SECONDS)
        self._threads.shutdown()

    def _do(self, fault: Fault) -> None:
        actions: dict[Kind, Callable[[Fault], None]] = {
            "kill -9": self._kill,
            "pause for 20 s": self._pause,
            "SIGTERM": lambda fault: self._named(fault).terminate(),
            "rolling restart": self._roll,
            "worker added and removed": lambda _: self._add("worker"),
            "intake added and removed": lambda _: self._add("intake"),
            "leading broker bounced": self._bounce,
            "two brokers lost": self._lose_two,
            "ClickHouse killed": self._kill_clickhouse,
            "ClickHouse 60 s away": lambda _: self._spoil("refuse", _AWAY_SECONDS),
        }
        _log.info("%5.1f s: %s %s", time.monotonic() - self._began, fault.kind, fault.target)
        if fault.kind in _SPOILT:
            self._spoil(_SPOILT[fault.kind], _DOWN_SECONDS)
        else:
            actions[fault.kind](fault)
        self.done[fault.kind] += 1

    def _named(self, fault: Fault) -> Supervised:
        return next(process for process in self._stack.supervisor.running if process.instance == fault.target)

    def _kill(self, fault: Fault) -> None:
        victim = self._named(fault)
        victim.kill()
        self.kills[victim.kind] += 1

    def _pause(self, fault: Fault) -> None:
        candidates = self._stack.supervisor.of(fault.target)
        victim = candidates[int(fault.draw * len(candidates))]
        victim.pause()
        time.sleep(_PAUSE_SECONDS)
        victim.resume()

    def _roll(self, fault: Fault) -> None:
        for process in self._stack.supervisor.of(fault.target):
            process.terminate()
            time.sleep(_ROLL_SECONDS)

    def _add(self, kind: str) -> None:
        self._extra += 1
        instance = f"{kind}-extra-{self._extra}"
        self._stack.launch(instance)
        time.sleep(_EXTRA_SECONDS)
        self._stack.supervisor.stop(instance)

    def _bounce(self, fault: Fault) -> None:
        with self._brokers:
            node = self._leader(fault.draw)
            self._stack.brokers.kill(node)
            self._bring_back(node)

    def _lose_two(self, fault: Fault) -> None:
        with self._brokers:
            first = 1 + int(fault.draw * self._stack.nodes)
            lost = (first, first % self._stack.nodes + 1)
            for node in lost:
                self._stack.brokers.kill(node)
            time.sleep(_DOWN_SECONDS)
            for node in lost:
                self._bring_back(node)

    def _bring_back(self, node: int) -> None:
        for _ in range(_TRIES - 1):
            with suppress(LocalServerError):
                return self._stack.brokers.restart(node)
        return self._stack.brokers.restart(node)

    def _leader(self, draw: float) -> int:
        """Return the broker that leads one of the partitions, or the first if none is known."""
        try:
            found = AdminClient(client_options(self._stack.kafka)).list_topics(INTERACTIONS, timeout=5)
        except KafkaException:
            return 1
        leaders = [partition.leader for partition in found.topics[INTERACTIONS].partitions.values()]
        return max(leaders[int(draw * len(leaders))], 1) if leaders else 1

    def _kill_clickhouse(self, _fault: Fault) -> None:
        with self._clickhouse:
            self._stack.database.kill()
            time.sleep(_DOWN_SECONDS)
            self._stack.database.start()

    def _spoil(self, mode: Mode, seconds: float) -> None:
        with self._clickhouse:
            self._stack.proxy.set(mode)
            time.sleep(seconds)
            self._stack.proxy.set("pass")
