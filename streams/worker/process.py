"""The worker's process: its parts with the engine in them, the model that it follows, and its health."""

from collections.abc import Mapping

from customers.features.feature_names import FEATURE_SET
from customers.policy import policy_of
from retention.policy.deciding import planner_of
from risk.scoring.epoch_scorer import EpochScorer
from risk.scoring.epochs import Epochs
from runtime.kafka.admin import require_kafka
from runtime.kafka.topic_identity import topic_ids
from runtime.service.garbage_collection import collect_rarely
from runtime.service.health_server import new_registry, serve_health
from schemas.topics import HOLES, INTERACTIONS, MODEL_EPOCHS, TRAINING_EXAMPLES, changelog_topic
from streams.retention_file import playbook_of
from streams.settings import Settings
from streams.topics import require_partitions
from streams.worker.commit.provenance import topics_of
from streams.worker.engine.counters import Counters
from streams.worker.engine.protocols import PartitionStore
from streams.worker.engine.shard import CustomerShard
from streams.worker.metrics import WorkerMetrics
from streams.worker.models import ModelFollower
from streams.worker.setup import WorkerSetup
from streams.worker.worker import StreamWorker


def serve_worker(settings: Settings, instance: str) -> int:
    """Run a worker until it is told to stop, and return its exit code.

    Args:
        settings: All of them.
        instance: Tells this worker from others running at the same time.

    Raises:
        ServerUnreachableError: Kafka does not answer at the start.
        UsageError: A topic is missing, or has another number of partitions than the settings say.
    """
    require_kafka(settings.kafka)
    changelog = changelog_topic(settings.worker.application_id)
    topics = (INTERACTIONS, changelog, TRAINING_EXAMPLES, MODEL_EPOCHS, HOLES)
    require_partitions(settings.kafka, settings.worker, topics)
    counters = Counters()
    scorer = EpochScorer(settings.risk, settings.segments, settings.money.reporting_currency)
    review_ms = policy_of(settings.risk).review_ms
    follower = ModelFollower(settings.kafka, scorer, settings.risk.model_wait_seconds, review_ms)
    worker = assemble(settings, instance, follower, counters)
    registry = new_registry()
    metrics = WorkerMetrics(worker, counters, follower)
    registry.register(metrics)
    collect_rarely()
    with serve_health(registry, settings.observe, "worker", live=metrics.live, ready=metrics.ready):
        return worker.run()


def assemble(settings: Settings, instance: str, follower: ModelFollower, counters: Counters) -> StreamWorker:
    """Put the worker and its engine together.

    Args:
        settings: All of them.
        instance: Tells this worker from others running at the same time.
        follower: Gives the scorer the models as they are published.
        counters: Counts what the shards do.
    """
    topics = (INTERACTIONS, changelog_topic(settings.worker.application_id))
    ids = topic_ids(settings.kafka, topics)
    plans = planner_of(playbook_of(settings.retention), settings.alerts, settings.risk.margin)

    def make_shard(partition: int, store: PartitionStore, progress: str | None) -> CustomerShard:
        shard = CustomerShard(
            partition,
            store,
            progress,
            risk=settings.risk,
            planner_of=plans,
            scorer=follower.scorer,
            partitions=settings.kafka.interactions_partitions,
            reviews_per_page=settings.worker.reviews_per_page,
            counters=counters,
        )
        follower.reach(shard.position)
        return shard

    async def follow_models() -> None:
        partitions = worker.partitions
        await follower.run(
            # While partitions are being taken, their models are read and must not be forgotten.
            lambda: [one.shard for one in partitions.all()] if partitions.recovered else [],
            worker.loop.model_arrived,
        )

    worker = StreamWorker(_setup(settings, instance, ids), make_shard, tasks=[follow_models])
    return worker


def shaping_settings(settings: Settings) -> dict[str, str]:
    """Return the settings that shape states and questions: workers that differ in one would fold differently."""
    risk = settings.risk
    epochs = Epochs.of(risk)
    return {
        "horizon_days": f"{risk.horizon_days:g}",
        "grace_days": f"{risk.grace_days:g}",
        "reviews_per_horizon": str(risk.reviews_per_horizon),
        "max_open_questions": str(risk.max_open_questions),
        "epoch_ms": str(epochs.length_ms),
        "model_lag_epochs": str(epochs.lag),
        "remembered_events": str(risk.remembered_events),
        "reporting_currency": settings.money.reporting_currency,
        "interactions_partitions": str(settings.kafka.interactions_partitions),
        "feature_set": FEATURE_SET,
    }


def _setup(settings: Settings, instance: str, ids: Mapping[str, str]) -> WorkerSetup:
    return WorkerSetup(
        kafka=settings.kafka,
        worker=settings.worker,
        instance=instance,
        pages_topic=INTERACTIONS,
        folder=settings.worker.data_folder / f"worker-{settings.instance or 'default'}",
        provenance=shaping_settings(settings) | topics_of(ids),
    )
