"""The learner's process: its loop and its health."""

from runtime.kafka.admin import require_kafka
from runtime.service.health_server import new_registry, serve_health
from schemas.topics import MODEL_EPOCHS, TRAINING_EXAMPLES
from streams.learner.loop import LearnerLoop
from streams.learner.metrics import LearnerMetrics
from streams.retention_file import playbook_of
from streams.settings import Settings
from streams.topics import require_partitions


def serve_learner(settings: Settings, instance: str) -> int:
    """Run a learner until it is told to stop, and return its exit code.

    Args:
        settings: All of them.
        instance: Tells this learner from others running at the same time.

    Raises:
        ServerUnreachableError: Kafka does not answer at the start.
        UsageError: A topic is missing or has more than one partition, or the playbook is not valid.
    """
    book = playbook_of(settings.retention)
    require_kafka(settings.kafka)
    require_partitions(settings.kafka, settings.worker, (TRAINING_EXAMPLES, MODEL_EPOCHS))
    loop = LearnerLoop(settings, instance, book)
    metrics = LearnerMetrics(loop)
    registry = new_registry()
    registry.register(metrics)
    with serve_health(registry, settings.observe, "learner", live=metrics.live, ready=metrics.ready):
        return loop.run()
