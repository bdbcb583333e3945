"""The pure fold of the ``interactions`` log in one process: the result that the workers should have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bench.chaos.checks.reading import TopicRecord
from bench.chaos.stack import ALERTS, CUSTOMER_PARTITIONS, MONEY, RISK
from risk.scoring.epoch_scorer import EpochScorer
from schemas.moments import to_ms
from schemas.records import decode_risk_score
from schemas.settings import SegmentSettings
from schemas.topics import RISK_SCORES, TRAINING_EXAMPLES
from streams.worker.engine.counters import Counters
from streams.worker.engine.shard import CustomerShard
from tests.kit.equality import Knowledge, worked_out
from tests.kit.worker_pages import MemoryStore, Recording

REVIEWS_PER_PAGE = 5_000
"""As the workers are set."""

ScoreName = tuple[str, int, str]
"""Whose, when (ms since 1970) and why."""


@dataclass(frozen=True)
class Refolded:
    """States and records recomputed from the log.

    Attributes:
        knowledge: States and answered questions.
        scores: Every score's name.
        clocks: The watermark at the end of each partition, ms since 1970.
        partition_of: Where each customer's pages lie.
    """

    knowledge: Knowledge
    scores: set[ScoreName]
    clocks: Mapping[int, int]
    partition_of: Mapping[str, int]


def refold(log: Iterable[TopicRecord]) -> Refolded:
    """Fold a log.

    Args:
        log: Of ``interactions``, each partition in order.
    """
    counters, emitted = Counters(), Recording()
    scorer = EpochScorer(RISK, SegmentSettings(), MONEY.reporting_currency, gives_reasons=False)
    scorer.waits = False  # scores are left out of what is compared here
    stores: dict[int, MemoryStore] = {}
    shards: dict[int, CustomerShard] = {}
    for record in log:
        number = record.partition
        if number not in shards:
            stores[number] = MemoryStore()
            shards[number] = CustomerShard(
                number,
                stores[number],
                None,
                risk=RISK,
                alerts=ALERTS,
                scorer=scorer,
                partitions=CUSTOMER_PARTITIONS,
                reviews_per_page=REVIEWS_PER_PAGE,
                counters=counters,
            )
        shards[number].process(record.value, record.headers, emitted)
    for shard in shards.values():
        while shard.work_off(emitted):
            pass
    scores = map(decode_risk_score, emitted.values(RISK_SCORES))
    return Refolded(
        knowledge=worked_out(
            ((key, value) for store in stores.values() for key, value in store.items()),
            emitted.values(TRAINING_EXAMPLES),
        ),
        scores={(score.customer_id, to_ms(score.scored_at), score.cause) for score in scores},
        clocks=counters.clocks,
        partition_of={key.decode(): number for number, store in stores.items() for key, _ in store.items()},
    )
