"""Processor time of a worker's engine for an event, with and without deciding, on the same pages in turns: no Kafka."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from time import process_time
from typing import Final, NamedTuple

import msgspec
import numpy as np

from deploy.demo.play.cdnow import cdnow_events
from deploy.demo.play.sources import encode_event
from deploy.simulator import shop_events
from retention.policy.deciding import planner_of
from risk.evaluation.backtest import Backtest
from risk.evaluation.decision_schedule import DecisionSchedule
from risk.scoring.epoch_scorer import EpochScorer
from runtime.service.garbage_collection import collect_rarely
from schemas.events.history import decode_history
from schemas.events.interaction import Interaction
from schemas.moments import from_ms, to_ms
from schemas.records.model import Model
from schemas.settings.processes import LearnerSettings
from schemas.settings.risk import AlertSettings, MoneySettings, RetentionSettings, RiskSettings, SegmentSettings
from schemas.topics import DECISIONS
from streams.retention_file import playbook_of
from streams.worker.engine.counters import Counters
from streams.worker.engine.shard import CustomerShard
from tests.kit.worker_pages import MemoryStore, Recording, page_of, read_until
from tests.risk.histories import START

_RISK: Final = RiskSettings()
_DAYS: Final = 300.0
_PLAYS: Final = 3
_LAST_BORDER: Final = to_ms(datetime(2100, 1, 1, tzinfo=UTC))


class WorkerCost(NamedTuple):
    """Processor time of a worker, or of its engine alone.

    Attributes:
        lines: Limit of the lines of a page.
        without: Without deciding, microseconds for an event.
        deciding: With deciding.
        decisions: Number of decisions for an event.
    """

    lines: int
    without: float
    deciding: float
    decisions: float

    @property
    def more(self) -> float:
        """Share by which deciding adds to the time."""
        return self.deciding / self.without - 1.0


HISTORIES: Final[Mapping[str, Callable[[], Iterable[Mapping[str, object]]]]] = {
    "purchases alone (CDNOW)": lambda: (one for one in cdnow_events() if int(str(one["customer_id"])) % 24 == 0),
    "the simulated shop": lambda: shop_events(seed=5, customers=600, start=START, days=_DAYS),
}
"""Events by the name of their history."""


def worker_costs(name: str, page_lines: Sequence[int] = (500, 20)) -> Iterator[WorkerCost]:
    """Play a history through an engine with deciding and one without, page by page in turns.

    Args:
        name: Of one of the histories.
        page_lines: Limits of the lines of a page: many where a worker catches up, few where it is live.
    """
    history, model = learnt_history(name)
    collect_rarely()  # as a worker does
    for number in page_lines:
        yield _cost(history, model, number)


def learnt_history(name: str) -> tuple[Sequence[Interaction], Model]:
    """Return the events of a history, and the model that has learnt all of it, as that of every epoch.

    Raises:
        ValueError: The history is too short for a model.
    """
    lines = [encode_event(dict(event)) for event in HISTORIES[name]()]
    read = decode_history(lines, MoneySettings().rates, 10**6)
    history = [one for one in read if isinstance(one, Interaction)]
    backtest = Backtest(_RISK, LearnerSettings(), SegmentSettings(), MoneySettings())
    list(backtest.run(history, DecisionSchedule()))
    if backtest.model is None:
        raise ValueError("the history is too short for a model")
    return history, msgspec.structs.replace(backtest.model, border=from_ms(_LAST_BORDER), first_border=from_ms(1))


def _cost(history: Sequence[Interaction], model: Model, lines: int) -> WorkerCost:
    """Play a history some times; of each page the shortest time counts, as others disturb only the longer ones."""
    pages = [history[start : start + lines] for start in range(0, len(history), lines)]
    least, decisions = np.full((2, len(pages)), np.inf), 0
    for play in range(_PLAYS):
        engines = [_Engine(model, deciding=deciding) for deciding in (False, True)]
        for number, page in enumerate(pages):
            for which in (0, 1) if (number + play) % 2 else (1, 0):
                least[which, number] = min(least[which, number], engines[which].fold(page))
        decisions = len(engines[1].batch.records[DECISIONS])
    without, deciding = (least.sum(axis=1) / len(history) * 1e6).tolist()
    return WorkerCost(lines, without, deciding, decisions / len(history))


class _Engine:
    """A shard in memory."""

    def __init__(self, model: Model, *, deciding: bool) -> None:
        scorer = EpochScorer(_RISK, SegmentSettings(), MoneySettings().reporting_currency)
        scorer.add(model)
        self.batch = Recording()
        self._shard = CustomerShard(
            0,
            MemoryStore(),
            None,
            risk=_RISK,
            planner_of=planner_of(playbook_of(RetentionSettings(enabled=deciding)), AlertSettings(), _RISK.margin),
            scorer=scorer,
            partitions=1,
            reviews_per_page=1_000_000,
            counters=Counters(),
        )

    def fold(self, part: Sequence[Interaction]) -> float:
        """Fold a page, and return the processor time that it took, seconds."""
        page = page_of(part, read_until(to_ms(part[-1].stamped_at)))
        began = process_time()
        self._shard.process(page.value, page.headers, self.batch)
        return process_time() - began
