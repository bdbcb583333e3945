"""The pure fold of the ``interactions`` log in one process: the result that the workers should have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bench.chaos.checks.reading import TopicRecord
from bench.chaos.stack import ALERTS, CUSTOMER_PARTITIONS, MONEY, RETENTION, RISK
from retention.policy.deciding import planner_of
from risk.scoring.epoch_scorer import EpochScorer
from schemas import topics
from schemas.moments import to_ms
from schemas.records.alert import decode_alert
from schemas.records.decisions import decode_decision, decode_outcome
from schemas.records.model import Model
from schemas.records.score import decode_risk_score
from schemas.settings.risk import SegmentSettings
from schemas.topics import RISK_SCORES, TRAINING_EXAMPLES
from streams.retention_file import playbook_of
from streams.worker.engine.counters import Counters
from streams.worker.engine.shard import CustomerShard
from streams.worker.engine.shard_feed import FEED_KEY
from tests.kit.equality import Knowledge, worked_out
from tests.kit.worker_pages import MemoryStore, Recording

REVIEWS_PER_PAGE = 5_000
"""As the workers are set."""

ScoreContent = tuple[str, int, str, float, str, bool]
"""Whose, when (ms since 1970), why, the risk, and the model that gave it, with whether it is that of the epoch."""

AlertContent = tuple[str, str, int, float]
"""Id, state, when it changed (ms since 1970) and the risk."""

DecisionContent = tuple[str, str, int, str, bool, float]
"""Id, whose, when (ms since 1970), the action, whether it is a ghost, and the expected gain."""

OutcomeContent = tuple[str, str, int, str, int, float, float]
"""Id of the decision, whose, when it was settled (ms since 1970), the result, purchases, margin and cost."""


@dataclass(frozen=True)
class Refolded:
    """States and records recomputed from the log.

    Attributes:
        knowledge: States and answered questions.
        scores: Every score.
        alerts: Every alert, raised or cleared.
        decisions: Every decision, ghosts included.
        outcomes: Every settled outcome.
        clocks: The watermark at the end of each partition, ms since 1970.
        partition_of: Where each customer's pages lie.
    """

    knowledge: Knowledge
    scores: set[ScoreContent]
    alerts: set[AlertContent]
    decisions: set[DecisionContent]
    outcomes: set[OutcomeContent]
    clocks: Mapping[int, int]
    partition_of: Mapping[str, int]


def refold(log: Iterable[TopicRecord], models: Iterable[Model]) -> Refolded:
    """Fold a log.

    Args:
        log: Of ``interactions``, each partition in order.
        models: Of every border, in order.
    """
    counters, emitted = Counters(), Recording()
    scorer = EpochScorer(RISK, SegmentSettings(), MONEY.reporting_currency)
    scorer.waits = False  # what is missing shows as a score that is not pinned
    for model in models:
        scorer.add(model)
    stores: dict[int, MemoryStore] = {}
    shards: dict[int, CustomerShard] = {}
    for record in log:
        number = record.partition
        if number not in shards:
            stores[number] = MemoryStore()
            shards[number] = _shard(number, stores[number], scorer, counters)
        shards[number].process(record.value, record.headers, emitted)
    for shard in shards.values():
        while shard.work_off(emitted):
            pass
    return _refolded(stores, emitted, counters.clocks)


def _shard(number: int, store: MemoryStore, scorer: EpochScorer, counters: Counters) -> CustomerShard:
    """Make the shard of a partition, with the settings of the workers."""
    return CustomerShard(
        number,
        store,
        None,
        risk=RISK,
        planner_of=planner_of(playbook_of(RETENTION), ALERTS, RISK.margin),
        scorer=scorer,
        partitions=CUSTOMER_PARTITIONS,
        reviews_per_page=REVIEWS_PER_PAGE,
        counters=counters,
    )


def _refolded(stores: Mapping[int, MemoryStore], emitted: Recording, clocks: Mapping[int, int]) -> Refolded:
    """Read states and records as they are to be compared."""
    states = [(number, key, value) for number, store in stores.items() for key, value in store.items()]
    return Refolded(
        knowledge=worked_out(((key, value) for _, key, value in states), emitted.values(TRAINING_EXAMPLES)),
        scores={
            (one.customer_id, to_ms(one.scored_at), one.cause, one.risk, one.model_version, one.model_pinned)
            for one in map(decode_risk_score, emitted.values(RISK_SCORES))
        },
        alerts={
            (one.alert_id, one.state, to_ms(one.changed_at), one.risk)
            for one in map(decode_alert, emitted.values(topics.ALERTS))
        },
        decisions={
            (one.decision_id, one.customer_id, to_ms(one.decided_at), one.action, one.held_out, one.expected_gain)
            for one in map(decode_decision, emitted.values(topics.DECISIONS))
        },
        outcomes={
            (one.decision_id, one.customer_id, to_ms(one.settled_at), one.result, one.purchases, one.margin, one.cost)
            for one in map(decode_outcome, emitted.values(topics.OUTCOMES))
        },
        clocks=clocks,
        partition_of={key.decode(): number for number, key, _ in states if key != FEED_KEY},
    )
