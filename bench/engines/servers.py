"""Brokers, and the contestants that run there from their first turn to their last."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bench.engines.floor import Floor
from bench.engines.peer_work import COMMIT_SECONDS, PeerSettings, encode_settings
from bench.kit.broker import BROKER_TIME, PARTITIONS, BenchmarkBroker, EngineRun, Output
from bench.kit.process import MeasuredProcess, standing_still
from bench.kit.purchases import PURCHASES, GeneratedPurchase, pages_of
from bench.kit.topics import SCORES, prepare, publish_pages
from deploy.demo.processes.pipeline import stayline
from deploy.local.ports import answers, reserve_port
from deploy.local.process import ServerProcess
from schemas.settings.connections import KafkaSettings

Ran = tuple[EngineRun, list[Output]]

ROOT: Final = Path(__file__).resolve().parents[2]
PEERS_PYTHON: Final = ROOT / ".venv-peers/bin/python"

_READY_SECONDS: Final = 60.0
_NO_MORE: Final[Mapping[str, str]] = {}
_SESSION_SECONDS: Final = 45
"""The peers' default: an engine that is paused during another's turn must not lose its partitions."""

Lay = Callable[[Sequence[GeneratedPurchase]], None]
"""Publishes purchases for one contestant."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A contestant that takes turns with the others.

    Attributes:
        take: Scores some purchases, and says how it did.
        processes: They run between the turns, too.
    """

    take: Callable[[Sequence[GeneratedPurchase]], Ran]
    processes: tuple[MeasuredProcess, ...] = ()


@dataclass(frozen=True, slots=True)
class PeerWork:
    """Command and input of a peer.

    Attributes:
        arithmetic: Predicting by the published numbers, written out, not by River's own pipeline.
        exactly_once: In transactions.
    """

    arithmetic: bool = False
    exactly_once: bool = False


class EngineServers:
    """Starts contestants, and ends those started within a `with` block with it."""

    def __init__(self, folder: Path, model: bytes) -> None:
        """Start none yet.

        Args:
            folder: For the contestants' files.
            model: As published; all judge with it.
        """
        self._folder = folder
        self._model = folder / "model.json"
        self._model.write_bytes(model)
        self._running = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def floor(self) -> Contestant:
        """The pure steps, in this process."""
        floor = Floor(self._model.read_bytes())

        def take(purchases: Sequence[GeneratedPurchase]) -> Ran:
            return floor.run([value for _, value, _ in pages_of(purchases, PARTITIONS)], len(purchases))

        return Contestant(take)

    def worker(self, broker: BenchmarkBroker, name: str = "worker", **environment: str) -> Contestant:
        """Start ``stayline worker``, which gets pages; no other process of Stayline may use this broker.

        Args:
            broker: Where.
            name: Of its folder and its log.
            environment: Settings beside those of all contestants.
        """
        prepare(broker, self._model.read_bytes())
        worker = self._stayline(broker, "worker", name, environment)
        return _contestant(broker, SCORES, [worker], partial(publish_pages, broker))

    def end_to_end(self, broker: BenchmarkBroker) -> Contestant:
        """``stayline intake`` and ``stayline worker`` together, on a broker of their own."""
        prepare(broker, self._model.read_bytes())
        worker, intake = self._stayline(broker, "worker", "end-to-end"), self._stayline(broker, "intake")

        def lay(purchases: Sequence[GeneratedPurchase]) -> None:
            broker.fill(PURCHASES, ((None, one.customer_id, one.raw, [], one.stamp) for one in purchases))
            # A duplicate, which is dropped, but carries the clock of every partition past the last purchase.
            last = purchases[-1]
            later, partitions = last.stamp + 2, range(KafkaSettings().raw_partitions)
            broker.fill(PURCHASES, ((number, last.customer_id, last.raw, [], later) for number in partitions))

        return _contestant(broker, SCORES, [worker], lay, [intake])

    def faust(self, broker: BenchmarkBroker, name: str, work: PeerWork) -> Contestant:
        """The Faust agent."""
        settings = self._settings(broker, name, work)
        command = [sys.executable, "-m", "bench.engines.faust_agent", encode_settings(settings).decode()]
        return self._peer(broker, settings, command)

    def quix(self, broker: BenchmarkBroker, name: str, work: PeerWork) -> Contestant:
        """The Quix Streams app."""
        settings = self._settings(broker, name, work)
        command = [str(PEERS_PYTHON), "-m", "bench.engines.quix_app", encode_settings(settings).decode()]
        return self._peer(broker, settings, command)

    def bytewax(self, broker: BenchmarkBroker, name: str, work: PeerWork) -> Contestant:
        """The Bytewax dataflow."""
        settings = self._settings(broker, name, work)
        file, recovery = self._folder / f"{name}.json", self._folder / name
        file.write_bytes(encode_settings(settings))
        recovery.mkdir()
        prepare = [str(PEERS_PYTHON), "-m", "bytewax.recovery", str(recovery), "1"]
        with ServerProcess("bytewax.recovery", prepare, self._folder / f"{name}.log") as prepared:
            prepared.finish(_READY_SECONDS)
        flow = f"bench.engines.bytewax_flow:create_flow('{file}')"
        intervals = ["-s", str(COMMIT_SECONDS), "-b", "0"]
        command = [str(PEERS_PYTHON), "-m", "bytewax.run", flow, "-r", str(recovery), *intervals]
        return self._peer(broker, settings, command)

    def _peer(self, broker: BenchmarkBroker, settings: PeerSettings, command: Sequence[str]) -> Contestant:
        log, environment = self._folder / f"{settings.name}.log", {"PYTHONPATH": str(ROOT)}
        peer = self._running.enter_context(MeasuredProcess(settings.name, command, log, environment))

        def lay(purchases: Sequence[GeneratedPurchase]) -> None:
            broker.fill(settings.purchases, ((None, one.customer_id, one.flat, [], one.stamp) for one in purchases))

        return _contestant(broker, settings.scores, [peer], lay)

    def _settings(self, broker: BenchmarkBroker, name: str, work: PeerWork) -> PeerSettings:
        settings = PeerSettings(
            bootstrap_servers=broker.bootstrap_servers,
            name=name,
            purchases=f"{name}-purchases",
            scores=f"{name}-scores",
            partitions=PARTITIONS,
            folder=str(self._folder / name),
            model=str(self._model),
            arithmetic=work.arithmetic,
            exactly_once=work.exactly_once,
        )
        broker.create(settings.purchases)
        broker.create(settings.scores, **BROKER_TIME)
        return settings

    def _stayline(
        self, broker: BenchmarkBroker, kind: str, name: str = "", more: Mapping[str, str] = _NO_MORE
    ) -> MeasuredProcess:
        port, name = reserve_port(), name or kind
        environment = {
            "STAYLINE_KAFKA__BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "STAYLINE_KAFKA__INTERACTIONS_PARTITIONS": str(PARTITIONS),
            "STAYLINE_KAFKA__SESSION_TIMEOUT_SECONDS": str(_SESSION_SECONDS),
            "STAYLINE_WORKER__DATA_FOLDER": str(self._folder / name),
            "STAYLINE_OBSERVE__PORT": str(port),
            **more,
        }
        process = MeasuredProcess(f"stayline {kind}", stayline(kind), self._folder / f"{name}.log", environment)
        self._running.enter_context(process)
        process.wait_until(lambda: answers(f"http://127.0.0.1:{port}/ready", seconds=2), _READY_SECONDS)
        return process


def _contestant(
    broker: BenchmarkBroker,
    scores: str,
    scoring: Sequence[MeasuredProcess],
    lay: Lay,
    ahead: Sequence[MeasuredProcess] = (),
) -> Contestant:
    """Make a contestant that finds all purchases of a turn waiting when it continues.

    Args:
        broker: Where.
        scores: The topic that it writes.
        scoring: The processes that write it.
        lay: Publishes the purchases.
        ahead: Processes that work before these.
    """
    processes = (*scoring, *ahead)

    def take(purchases: Sequence[GeneratedPurchase]) -> Ran:
        begin = broker.ends(scores)
        with standing_still(processes):
            lay(purchases)
        return broker.time(scoring, len(purchases), scores, begin, ahead)

    return Contestant(take, processes)
