"""Workers and a learner without Kafka, whose steps, restarts and deliveries come in any order."""

from bisect import bisect_left
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from customers.policy import policy_of
from risk.scoring.epoch_scorer import EpochScorer
from schemas.moments import to_ms
from schemas.records.encode import encode_record
from schemas.records.learner_notes import LEARNER_NOTES
from schemas.records.model import Model, decode_model
from schemas.settings.processes import LearnerSettings
from schemas.settings.risk import RiskSettings, SegmentSettings
from schemas.topics import TRAINING_EXAMPLES
from schemas.trace import Header
from streams.learner.trainer import Trainer
from streams.worker.engine.counters import Counters
from streams.worker.engine.shard import CustomerShard
from tests.kit.results import DEFAULT_BOOK, RESULT_TOPICS, Results, deciding, owner_of
from tests.kit.worker_pages import MemoryStore, Sent

_RESTARTS_A_STEP = 0.02
_SOME_TIME = datetime(2030, 1, 1, tzinfo=UTC)


@dataclass
class Log:
    """The topics that workers write."""

    answers: list[tuple[bytes, list[str]]] = field(default_factory=list)
    results: dict[tuple[str, str], list[bytes]] = field(default_factory=dict)

    def emit(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None = None,
        header: Header | None = None,
    ) -> None:
        """Append a record."""
        del partition
        headers = [header[0]] if header else []
        if topic == TRAINING_EXAMPLES:
            self.answers.append((value or b"", headers))
        if topic in RESULT_TOPICS and LEARNER_NOTES.isdisjoint(headers):
            owner = owner_of(topic, key or b"", value or b"")
            self.results.setdefault((topic, owner), []).append(value or b"")


class Worker:
    """Some of the partitions, and the models that have come to them."""

    def __init__(self, simulation: "Simulation", numbers: list[int]) -> None:
        """Start with nothing."""
        self._simulation = simulation
        self.numbers = numbers
        self.stores = {number: MemoryStore() for number in numbers}
        self.pages = dict.fromkeys(numbers, 0)
        self.progress: dict[int, str | None] = dict.fromkeys(numbers)
        self.restart()

    def restart(self) -> None:
        """Let a successor go on from what is stored."""
        self.scorer = EpochScorer(self._simulation.risk, SegmentSettings(), "USD")
        self.stores = deepcopy(self.stores)
        self.shards = {number: self._new_shard(number) for number in self.numbers}
        self._read = self._first_needed()

    def _first_needed(self) -> int:
        """Number of models that nobody of these partitions needs any more, as the follower of models reads them."""
        since = self._model_border(policy_of(self._simulation.risk).review_ms) - self.scorer.epochs.length_ms
        borders = [to_ms(decode_model(model).border) for model in self._simulation.models]
        return bisect_left(borders, since)

    def _model_border(self, before_ms: int = 0) -> int:
        """Border of the model that scores the first instant that may be scored yet, or one some time before it."""
        first = min(shard.position for shard in self.shards.values())
        return self.scorer.epochs.model_border(first - before_ms)

    def _new_shard(self, number: int) -> CustomerShard:
        return CustomerShard(
            number,
            self.stores[number],
            self.progress[number],
            risk=self._simulation.risk,
            planner_of=deciding(self._simulation.risk),
            scorer=self.scorer,
            partitions=len(self._simulation.pages),
            reviews_per_page=self._simulation.reviews_per_page,
            counters=Counters(),
        )

    def read_model(self) -> bool:
        """Take the next model."""
        if self._read == len(self._simulation.models):
            return False
        self.scorer.add(decode_model(self._simulation.models[self._read]))
        self._read += 1
        self.scorer.forget_before(self._model_border())
        return True

    def fold(self, number: int) -> bool:
        """Fold the next page of a partition."""
        pages, at = self._simulation.pages[number], self.pages[number]
        if at == len(pages) or all(shard.is_ahead for shard in self.shards.values()):
            return False
        self.shards[number].process(pages[at].value, pages[at].headers, self._simulation.log)
        self.pages[number] += 1
        self.progress[number] = self.shards[number].progress()
        return True

    def work_off(self, number: int) -> bool:
        """Do some of what is due on a partition."""
        return self.shards[number].work_off(self._simulation.log)


class Simulation:
    """Everything, and one step at a time."""

    def __init__(self, pages: list[list[Sent]], risk: RiskSettings, random: Random, reviews_per_page: int) -> None:
        """Divide the partitions among one to three workers."""
        self.pages = pages
        self.risk = risk
        self.reviews_per_page = reviews_per_page
        self.log = Log()
        self.models: list[bytes] = []
        self._random = random
        owners = [random.randrange(3) for _ in pages]
        self.workers = [
            Worker(self, [number for number, owner in enumerate(owners) if owner == one]) for one in set(owners)
        ]
        self._restart_learner()

    def run(self, restarts: int = 0) -> Results:
        """Take steps in any order until there is nothing left to do, and return what the workers have written.

        Args:
            restarts: Restarts of workers and of the learner among these steps, at most.
        """
        idle = 0
        while idle < 100 or not self._is_done():
            if restarts and self._random.random() < _RESTARTS_A_STEP:
                restarts -= 1
                self._random.choice([self._restart_learner, *(worker.restart for worker in self.workers)])()
            idle = 0 if self._step() else idle + 1
            assert idle < 10_000, "everyone waits for someone"
        return self.log.results

    def _is_done(self) -> bool:
        shards = [shard for worker in self.workers for shard in worker.shards.values()]
        return not any(shard.waits for shard in shards) and self._has_read_everything()

    def _has_read_everything(self) -> bool:
        return all(
            worker.pages[number] == len(self.pages[number]) for worker in self.workers for number in worker.numbers
        )

    def _step(self) -> bool:
        worker = self._random.choice(self.workers)
        number = self._random.choice(worker.numbers)
        steps = [worker.read_model, lambda: worker.fold(number), lambda: worker.work_off(number), self._learn]
        return self._random.choice(steps)()

    def _restart_learner(self) -> None:
        self.trainer = Trainer(self.risk, LearnerSettings(), DEFAULT_BOOK)
        if self.models:
            self.trainer.resume(decode_model(self.models[-1]))

    def _learn(self) -> bool:
        at = self.trainer.offset
        if at == len(self.log.answers):
            return False
        value, headers = self.log.answers[at]
        self.trainer.read(headers, value, at)
        if self.trainer.is_due:
            self.models += map(encode_record, self.trainer.close(_SOME_TIME))
        return True

    def published(self) -> list[Model]:
        """Return all models, in the order of publication."""
        return [decode_model(model) for model in self.models]
