"""The contestants and the order in which they run."""

import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from bench.engines.faust_agent import PeerSettings
from bench.process import MeasuredProcess
from bench.purchases import PURCHASES, Load, Purchase, pages_of, purchases_of
from bench.stage import PARTITIONS, Message, Run, Stage
from customers.features import FEATURE_NAMES
from deploy.local.kafka import KafkaCluster
from deploy.local.process import Progress, free_port
from risk.learn import Learner
from schemas.records import RiskScore, decode_risk_score, encode_record
from schemas.settings import KafkaSettings, RiskSettings, WorkerSettings
from streams.topics import INTERACTIONS, MODELS, create_topics

SCORES: Final = "risk_scores"
_PEER_PURCHASES: Final = "peer_purchases"
_PEER_SCORES: Final = "peer_scores"
_BROKER_TIME: Final = {"message.timestamp.type": "LogAppendTime"}
_READY_SECONDS: Final = 60.0
_PEER_SHARE: Final = 10
"""The peer gets the first so-manieth part of the events: more would take minutes and change nothing."""


@dataclass(frozen=True, slots=True)
class Contest:
    """What is measured.

    Attributes:
        load: The purchases.
        runs: How often each contestant runs.
        end_to_end: Whether intake is measured, too.
    """

    load: Load
    runs: int
    end_to_end: bool


@dataclass(frozen=True, slots=True)
class Results:
    """Runs by contestant, in the order in which they ran, and the largest difference between their risks."""

    worker: list[Run]
    peer: list[Run]
    end_to_end: list[Run]
    compared: int
    largest_difference: float


def hold(contest: Contest, tell: Progress) -> Results:
    """Run every contestant, in turns, on the same broker and the same purchases.

    Args:
        contest: What is measured.
        tell: Told what is being done.
    """
    tell("generating purchases")
    purchases = list(purchases_of(contest.load))
    model = learnt_model(contest.load.seed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stayline-bench-")))
        broker = stack.enter_context(KafkaCluster(1, folder / "kafka", progress=tell))
        arena = Arena(Stage(broker.bootstrap_servers), folder, model)
        tell("publishing purchases and pages")
        arena.prepare(purchases)
        worker: list[Run] = []
        peer: list[Run] = []
        for number in range(1, contest.runs + 1):
            tell(f"run {number} of {contest.runs}: Stayline's worker")
            worker.append(arena.run_worker(f"worker-{number}", len(purchases)))
            tell(f"run {number} of {contest.runs}: the Faust agent")
            peer.append(arena.run_peer(f"peer-{number}", len(purchases) // _PEER_SHARE))
    compared, difference = compare(worker[-1], peer[-1])
    end_to_end = [_end_to_end(purchases, model, tell) for _ in range(contest.runs if contest.end_to_end else 0)]
    return Results(worker, peer, end_to_end, compared, difference)


def _end_to_end(purchases: Sequence[Purchase], model: bytes, tell: Progress) -> Run:
    """Raw purchases through intake and worker, on a broker of their own: both know their topics by name."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stayline-bench-")))
        broker = stack.enter_context(KafkaCluster(1, folder / "kafka", progress=tell))
        arena = Arena(Stage(broker.bootstrap_servers), folder, model)
        arena.prepare_raw(purchases)
        tell("end to end: intake and worker")
        return arena.run_pipeline("pipeline", len(purchases))


class Arena:
    """A broker, and the contestants on it."""

    def __init__(self, stage: Stage, folder: Path, model: bytes) -> None:
        """Begin with no topic.

        Args:
            stage: The broker's.
            folder: For the contestants' files.
            model: As published; all judge with it.
        """
        self._stage = stage
        self._folder = folder
        self._model = folder / "model.json"
        self._model.write_bytes(model)

    def prepare(self, purchases: Sequence[Purchase]) -> None:
        """Lay out pages for the worker and single purchases for the peer."""
        self._create_topics("worker-0")
        self._stage.create(_PEER_PURCHASES)
        self._stage.create(_PEER_SCORES, **_BROKER_TIME)
        pages = pages_of(purchases, PARTITIONS)
        self._stage.fill(INTERACTIONS, ((number, None, value, headers, 0) for number, value, headers in pages))
        share = purchases[: len(purchases) // _PEER_SHARE]
        self._stage.fill(_PEER_PURCHASES, ((None, one.customer_id, one.line, [], 0) for one in share))

    def prepare_raw(self, purchases: Sequence[Purchase]) -> None:
        """Lay out raw purchases, stamped with their own time."""
        self._create_topics("pipeline")
        raw: Iterator[Message] = ((None, one.customer_id, one.raw, [], one.stamp) for one in purchases)
        self._stage.fill(PURCHASES, raw)

    def run_worker(self, name: str, events: int) -> Run:
        """Let ``stayline worker`` fold all pages from nothing."""
        self._create_topics(name)
        with self._stayline("worker", name) as worker:
            return self._stage.time([worker], events, SCORES)

    def run_pipeline(self, name: str, events: int) -> Run:
        """Let ``stayline intake`` and ``stayline worker`` work off all raw purchases."""
        port = free_port()
        with self._stayline("worker", name, port) as worker:
            worker.wait_until(lambda: _is_ready(port), _READY_SECONDS)
            with self._stayline("intake", name) as intake:
                return self._stage.time([intake, worker], events, SCORES)

    def run_peer(self, name: str, events: int) -> Run:
        """Let the peer work off its purchases from nothing."""
        settings = PeerSettings(
            bootstrap_servers=self._stage.bootstrap_servers,
            application_id=name,
            purchases=_PEER_PURCHASES,
            scores=_PEER_SCORES,
            partitions=PARTITIONS,
            folder=str(self._folder / name),
            model=str(self._model),
        )
        command = [sys.executable, "-m", "bench.engines.faust_agent", msgspec.json.encode(settings).decode()]
        with MeasuredProcess("the Faust agent", command, self._folder / f"{name}.log", {}) as peer:
            return self._stage.time([peer], events, _PEER_SCORES)

    def _create_topics(self, application_id: str) -> None:
        if SCORES not in self._stage.topics():
            self._stage.create(SCORES, **_BROKER_TIME)
        kafka = KafkaSettings(bootstrap_servers=self._stage.bootstrap_servers, interactions_partitions=PARTITIONS)
        created = create_topics(kafka, WorkerSettings(application_id=application_id))
        if MODELS in created:
            self._stage.fill(MODELS, [(0, "model", self._model.read_bytes(), [], 0)])

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
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2).close()
    except OSError:
        return False
    return True


def learnt_model(seed: int) -> bytes:
    """A model that has learnt enough to be used; what it has learnt does not matter here."""
    random = Random(seed)
    risk = RiskSettings()
    learner = Learner(risk.horizon_days)
    for _ in range(risk.min_examples):
        learner.learn_answer([random.gauss(2.0, 1.0) for _ in FEATURE_NAMES], random.random() < 0.4, 0.5)
    return encode_record(learner.publish(0, datetime(2026, 3, 1, tzinfo=UTC)))


def compare(worker: Run, peer: Run) -> tuple[int, float]:
    """How many scores both gave, and the largest difference between two of them.

    Only scores at purchases count: the worker reviews the silent, too, which the peer has no clock for.
    """
    given = {_moment(score): score.risk for score in _at_purchases(worker)}
    differences = [abs(given[_moment(score)] - score.risk) for score in _at_purchases(peer)]
    return len(differences), max(differences)


def _at_purchases(run: Run) -> Iterator[RiskScore]:
    scores = (decode_risk_score(output.value) for output in run.outputs)
    return (score for score in scores if score.cause == "interaction")


def _moment(score: RiskScore) -> tuple[str, datetime]:
    return score.customer_id, score.scored_at
