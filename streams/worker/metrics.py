"""A worker's metrics, declared once and read from its counters at every scrape, and its health."""

import shutil
import time
from collections.abc import Iterator, Mapping
from itertools import accumulate
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from runtime.service.freshness import Freshness
from runtime.service.liveness import Liveness
from streams.worker.engine.counters import AGE_BOUNDS, Counters
from streams.worker.feed_metrics import feed_metrics
from streams.worker.models import ModelFollower
from streams.worker.retention_metrics import retention_metrics
from streams.worker.worker import StreamWorker


class WorkerMetrics(Collector):
    """A worker's metrics and health."""

    def __init__(self, worker: StreamWorker, counters: Counters, follower: ModelFollower) -> None:
        """Watch a worker.

        Args:
            worker: The worker, whose commits are watched from here on.
            counters: Counters of its shards.
            follower: Has the models.
        """
        self._worker = worker
        self._counters = counters
        self._follower = follower
        self._own = CollectorRegistry()
        self._freshness = Freshness(
            "stayline_worker_score_delay_seconds",
            "Seconds from an event's publication until what follows from it is visible on Kafka.",
            self._own,
        )
        worker.committer.on_committed = lambda published: self._freshness.arrived(published, time.time() * 1000)
        self._liveness = Liveness(time.monotonic())

    def collect(self) -> Iterator[Metric]:
        """Read the counters."""
        yield from self._own.collect()
        yield from self._work()
        yield from self._commits()
        yield from self._by_partition()
        yield from feed_metrics(self._counters, self._worker.partitions.assigned)
        yield from retention_metrics(self._counters)
        yield from self._state()
        yield from self._model()
        yield from self._epochs()

    def _work(self) -> Iterator[Metric]:
        done = self._counters
        yield _counter("stayline_worker_pages", "Pages folded, heartbeats included.", done.pages)
        yield _counter("stayline_worker_interactions", "Interactions received.", done.interactions)
        yield _counter("stayline_worker_duplicates", "Interactions that had been folded before.", done.duplicates)
        yield _counter(
            "stayline_worker_event_ids_reused",
            "Events that do not count and became dead letters: an earlier one with their event_id says something else. "
            "Above zero: a publisher uses ids again; see who by dead letters of reason id_reused.",
            done.reused,
        )
        yield _counter(
            "stayline_worker_pages_set_aside",
            "Pages that could not be folded and became dead letters; each is a defect of ours.",
            self._worker.retry_policy.pages_quarantined,
        )
        yield _counter(
            "stayline_worker_customers_set_aside",
            "Reviews that failed, were put off and became dead letters; each is a defect of ours or a spoilt state.",
            self._worker.retry_policy.customers_quarantined,
        )
        yield _counter("stayline_worker_reviews", "Customers looked at because they were due.", done.reviews)
        yield _counter("stayline_worker_questions_asked", "Questions asked.", done.asked)
        yield _counter("stayline_worker_questions_settled", "Questions answered, void ones included.", done.settled)
        yield _counter(
            "stayline_worker_questions_void",
            "Questions that do not count: more than a tenth of their horizon lay in holes of the purchases.",
            done.void,
        )
        yield _counters("stayline_worker_scores", "Scores written.", "cause", done.scores)
        yield _counters("stayline_worker_scores_by_band", "Scores written, by risk.", "band", done.bands)
        yield _ages(done)
        yield _counters("stayline_worker_alerts", "Alerts written.", "state", done.alerts)

    def _commits(self) -> Iterator[Metric]:
        counters = self._worker.committer.counters
        yield _counter("stayline_worker_commits", "Transactions committed.", counters.commits)
        yield _counter("stayline_worker_commit_seconds", "Time spent committing.", counters.seconds)
        yield _counter("stayline_worker_records", "Changelog and output records committed.", counters.records)
        yield _gauge(
            "stayline_worker_last_commit_timestamp_seconds",
            "When the last transaction was committed; alert when it stands still under lag.",
            counters.last_commit_at or 0.0,
        )

    def _by_partition(self) -> Iterator[Metric]:
        done = self._counters
        yield self._gauges("stayline_worker_customers", "Customers kept.", done.customers)
        yield self._gauges("stayline_worker_due", "Entries waiting for a review.", done.due)
        yield self._gauges(
            "stayline_worker_review_delay_seconds",
            "For how long the first of those to be reviewed has been due; rising: reviews fall behind.",
            done.overdue,
            milliseconds=True,
        )
        yield self._gauges(
            "stayline_worker_questions_open",
            "Questions that wait for answers, estimated from some customers when the partition was taken.",
            done.questions,
        )
        yield self._gauges(
            "stayline_worker_decisions_open",
            "Decisions that stand, held-out ones included, estimated from some customers when the partition was taken.",
            done.decisions_open,
        )
        yield self._gauges(
            "stayline_worker_watermark_timestamp_seconds", "Read up to here.", done.clocks, milliseconds=True
        )
        lags = {partition: lag.end - lag.committed for partition, lag in self._worker.lag().items()}
        yield self._gauges("stayline_worker_lag_messages", "Offsets behind the end of interactions.", lags)

    def _state(self) -> Iterator[Metric]:
        worker = self._worker
        yield _gauge("stayline_worker_store_bytes", "Size of the local store on disk.", worker.store.size())
        disk = shutil.disk_usage(existing(worker.setup.folder))
        yield _gauge("stayline_worker_disk_free_bytes", "Room left on the disk of the local store.", disk.free)
        yield _gauge("stayline_worker_disk_size_bytes", "All room on that disk.", disk.total)
        yield _gauge(
            "stayline_worker_recovered", "1 when all assigned partitions are being folded.", worker.partitions.recovered
        )
        yield _gauge(
            "stayline_worker_recovery_remaining_messages",
            "Changelog records still to be read before the assigned partitions are folded.",
            worker.recovery_remaining,
        )

    def _model(self) -> Iterator[Metric]:
        newest = self._follower.scorer.newest
        model = newest.model
        examples = GaugeMetricFamily(
            "stayline_worker_model_examples",
            "Answers that the newest model has learnt, which is what its version counts.",
            labels=["version_kind"],
        )
        examples.add_metric([newest.model_version.split("-")[0]], model.examples if model else 0)
        yield examples
        yield _gauge(
            "stayline_worker_model_published_timestamp_seconds",
            "When the newest model was published; 0 while the rule scores.",
            model.published_at.timestamp() if model else 0.0,
        )

    def _epochs(self) -> Iterator[Metric]:
        scorer = self._follower.scorer
        yield _gauge(
            "stayline_worker_model_border_timestamp_seconds",
            "Last border of an epoch whose model is known; scores are given up to a few epochs after it.",
            scorer.known_until / 1000,
        )
        yield _counter(
            "stayline_worker_model_wait_seconds",
            "Time in which something was due and waited for the model of its epoch; rising in daily work: see the "
            "learner.",
            self._follower.waited_seconds,
        )
        yield _counter(
            "stayline_worker_scores_unpinned",
            "Scores by another model than that of their epoch, since it did not come in time; a replay may differ.",
            scorer.unpinned,
        )

    def _gauges(self, name: str, help_text: str, values: Mapping[int, float], *, milliseconds: bool = False) -> Metric:
        """Return a gauge of the partitions held now."""
        family = GaugeMetricFamily(name, help_text, labels=["partition"])
        for number in self._worker.partitions.assigned:
            if number in values:
                family.add_metric([str(number)], values[number] / 1000 if milliseconds else values[number])
        return family

    def live(self) -> str | None:
        """Return why the process should be restarted: commits stand still while there is lag."""
        counters = self._worker.committer.counters
        behind = sum(lag.end - lag.committed for lag in self._worker.lag().values())
        now = time.monotonic()
        # Markers of transactions take offsets too, so a lag of a few is no lag.
        self._liveness.observe(counters.commits, now, idle=behind <= len(self._worker.partitions.assigned))
        seconds = self._liveness.stuck_for(now)
        return None if seconds is None else f"nothing was committed for {seconds:.0f} s with a lag of {behind}"

    def ready(self) -> str | None:
        """Return why the process does not do its work yet."""
        if not self._worker.partitions.recovered:
            return "customers are being recovered, or partitions are being assigned"
        return None


def existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there; it is made when the worker starts."""
    return next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())


def _ages(done: Counters) -> Metric:
    """Return the histogram of the ages of scores."""
    buckets = zip([*map(str, AGE_BOUNDS), "+Inf"], accumulate(done.ages), strict=True)
    return HistogramMetricFamily(
        "stayline_worker_score_age_seconds",
        "Seconds of log time from the instant at which a customer was to be looked at until the score of that look.",
        buckets=list(buckets),
        sum_value=done.total_age,
    )


def _counter(name: str, help_text: str, value: float) -> Metric:
    return CounterMetricFamily(name, help_text, value=value)


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=value)


def _counters(name: str, help_text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(name, help_text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
