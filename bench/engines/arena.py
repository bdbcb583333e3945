"""A broker with the load on it, and the contestants that run there, each from nothing."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.engines.work import COMMIT_SECONDS, PeerSettings, encode_settings
from bench.floor import run_floor
from bench.process import MeasuredProcess
from bench.purchases import PURCHASES, Purchase, pages_of
from bench.stage import PARTITIONS, Message, Output, Run, Stage
from deploy.local.process import ServerProcess, answers, free_port
from schemas.settings import KafkaSettings, WorkerSettings
from streams.topics import INTERACTIONS, MODELS, create_topics

Ran = tuple[Run, list[Output]]

ROOT: Final = Path(__file__).resolve().parents[2]
PEERS_PYTHON: Final = ROOT / ".venv-peers/bin/python"

SCORES: Final = "risk_scores"
FLAT_PURCHASES: Final = "flat_purchases"
PLAIN_SCORES: Final = "plain_scores"

_BROKER_TIME: Final = {"message.timestamp.type": "LogAppendTime"}
_READY_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class PeerWork:
    """What a peer is to do.

    Attributes:
        events: It scores the first so many purchases.
        arithmetic: Predicting by the published numbers, written out, not by River's own pipeline.
        exactly_once: In transactions.
    """

    events: int
    arithmetic: bool = False
    exactly_once: bool = False


class Arena:
    """A broker, and the contestants on it."""

    def __init__(self, stage: Stage, folder: Path, model: bytes, purchases: Sequence[Purchase]) -> None:
        """Lay out the purchases for all of them, raw and flat.

        Args:
            stage: The broker's.
            folder: For the contestants' files.
            model: As published; all judge with it.
            purchases: All of them, in time order.
        """
        self._stage = stage
        self._folder = folder
        self._purchases = purchases
        self._pages: list[Message] = [
            (number, None, value, headers, 0) for number, value, headers in pages_of(purchases, PARTITIONS)
        ]
        self._model = folder / "model.json"
        self._model.write_bytes(model)
        for topic in (SCORES, PLAIN_SCORES):
            stage.create(topic, **_BROKER_TIME)
        self._create_topics("nobody")
        stage.fill(MODELS, [(0, "model", model, [], 0)])
        stage.fill(PURCHASES, ((None, one.customer_id, one.raw, [], one.stamp) for one in purchases))

    def run_floor(self) -> Ran:
        """Let the pure steps fold all pages, in this process."""
        pages = [value for _, _, value, _, _ in self._pages]
        return run_floor(pages, len(self._purchases), self._model.read_bytes())

    def run_worker(self, name: str) -> Ran:
        """Let ``stayline worker`` fold all pages."""
        self._begin(name)
        self._stage.fill(INTERACTIONS, self._pages)
        begin = self._stage.ends(SCORES)
        with self._stayline("worker", name) as worker:
            return self._stage.time([worker], len(self._purchases), SCORES, begin)

    def run_end_to_end(self, name: str) -> Ran:
        """Let ``stayline intake`` and ``stayline worker`` work off all raw purchases."""
        self._begin(name)
        begin = self._stage.ends(SCORES)
        worker_port, intake_port = free_port(), free_port()
        with self._stayline("worker", name, worker_port) as worker:
            worker.wait_until(lambda: _is_ready(worker_port), _READY_SECONDS)
            with self._stayline("intake", name, intake_port) as intake:
                intake.wait_until(lambda: _is_ready(intake_port), _READY_SECONDS)
                return self._stage.time([worker], len(self._purchases), SCORES, begin, [intake])

    def run_faust(self, name: str, work: PeerWork) -> Ran:
        """Let the Faust agent score."""
        command = [sys.executable, "-m", "bench.engines.faust_agent", self._settings(name, work).decode()]
        return self._run_peer(name, command, work)

    def run_quix(self, name: str, work: PeerWork) -> Ran:
        """Let the Quix Streams app score."""
        command = [str(PEERS_PYTHON), "-m", "bench.engines.quix_app", self._settings(name, work).decode()]
        return self._run_peer(name, command, work)

    def run_bytewax(self, name: str, work: PeerWork) -> Ran:
        """Let the Bytewax dataflow score."""
        settings, recovery = self._folder / f"{name}.json", self._folder / name
        settings.write_bytes(self._settings(name, work))
        recovery.mkdir()
        prepare = [str(PEERS_PYTHON), "-m", "bytewax.recovery", str(recovery), "1"]
        with ServerProcess("bytewax.recovery", prepare, self._folder / f"{name}.log") as prepared:
            prepared.finish(_READY_SECONDS)
        flow = f"bench.engines.bytewax_flow:create_flow('{settings}')"
        intervals = ["-s", str(COMMIT_SECONDS), "-b", "0"]
        command = [str(PEERS_PYTHON), "-m", "bytewax.run", flow, "-r", str(recovery), *intervals]
        return self._run_peer(name, command, work)

    def _run_peer(self, name: str, command: Sequence[str], work: PeerWork) -> Ran:
        environment, begin = {"PYTHONPATH": str(ROOT)}, self._stage.ends(PLAIN_SCORES)
        with MeasuredProcess(name, command, self._folder / f"{name}.log", environment) as peer:
            return self._stage.time([peer], work.events, PLAIN_SCORES, begin)

    def _settings(self, name: str, work: PeerWork) -> bytes:
        topic = f"{FLAT_PURCHASES}_{work.events}"
        if topic not in self._stage.topics():
            self._stage.create(topic)
            share = self._purchases[: work.events]
            self._stage.fill(topic, ((None, one.customer_id, one.flat, [], one.stamp) for one in share))
        settings = PeerSettings(
            bootstrap_servers=self._stage.bootstrap_servers,
            name=name,
            purchases=topic,
            scores=PLAIN_SCORES,
            partitions=PARTITIONS,
            folder=str(self._folder / name),
            model=str(self._model),
            arithmetic=work.arithmetic,
            exactly_once=work.exactly_once,
        )
        return encode_settings(settings)

    def _begin(self, application_id: str) -> None:
        """Give Stayline's processes topics without pages."""
        self._stage.delete(INTERACTIONS)
        self._create_topics(application_id)
        self._stage.wait_until_empty(INTERACTIONS)

    def _create_topics(self, application_id: str) -> None:
        kafka = KafkaSettings(bootstrap_servers=self._stage.bootstrap_servers, interactions_partitions=PARTITIONS)
        create_topics(kafka, WorkerSettings(application_id=application_id))

    def _stayline(self, kind: str, application_id: str, port: int = 0) -> MeasuredProcess:
        environment = {
            "STAYLINE_KAFKA__BOOTSTRAP_SERVERS": self._stage.bootstrap_servers,
            "STAYLINE_KAFKA__INTERACTIONS_PARTITIONS": str(PARTITIONS),
            "STAYLINE_WORKER__APPLICATION_ID": application_id,
            "STAYLINE_WORKER__DATA_FOLDER": str(self._folder / application_id),
            "STAYLINE_OBSERVE__PORT": str(port),
        }
        command = [sys.executable, "-m", "streams.command", kind]
        log = self._folder / f"{application_id}-{kind}.log"
        return MeasuredProcess(f"stayline {kind}", command, log, environment)


def _is_ready(port: int) -> bool:
    return answers(f"http://127.0.0.1:{port}/ready", seconds=2)
