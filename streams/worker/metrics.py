"""What a worker shows of itself, declared once, read from its tallies whenever somebody looks."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.worker.app import WorkerApp
from streams.worker.tally import Tally

_STUCK_SECONDS: Final = 60.0


class WorkerMetrics(Collector):
    """A worker's metrics and health."""

    def __init__(
        self, app: WorkerApp, tally: Tally, model_version: Callable[[], str], model_examples: Callable[[], int]
    ) -> None:
        """Watch a worker.

        Args:
            app: Its app.
            tally: What its shards did.
            model_version: Which model answers.
            model_examples: How much it has learnt.
        """
        self._app = app
        self._tally = tally
        self._model_version = model_version
        self._model_examples = model_examples
        self._idle_or_committed_at = time.monotonic()
        self._commits_seen = 0

    def collect(self) -> Iterator[Metric]:
        """Read the tallies."""
        tally, counters = self._tally, self._app.committer.counters
        yield _counter("stayline_worker_pages", "Pages folded, heartbeats included.", tally.pages)
        yield _counter("stayline_worker_interactions", "Interactions received.", tally.interactions)
        yield _counter("stayline_worker_duplicates", "Interactions that had been folded before.", tally.duplicates)
        yield _counter(
            "stayline_worker_pages_set_aside",
            "Pages that could not be folded and became dead letters; each is a defect of ours.",
            self._app.attempts.pages_aside,
        )
        yield _counter(
            "stayline_worker_customers_set_aside",
            "Reviews that failed, were put off and became dead letters; each is a defect of ours or a spoilt state.",
            self._app.attempts.customers_aside,
        )
        yield _counter("stayline_worker_reviews", "Customers looked at because they were due.", tally.reviews)
        yield _counter("stayline_worker_questions_settled", "Questions answered.", tally.settled)
        yield _counters("stayline_worker_scores", "Scores written.", "cause", tally.scores)
        yield _counters("stayline_worker_scores_by_band", "Scores written, by risk.", "band", tally.bands)
        yield _counters("stayline_worker_alerts", "Alerts written.", "state", tally.alerts)
        yield _counter("stayline_worker_commits", "Transactions committed.", counters.commits)
        yield _counter("stayline_worker_commit_seconds", "Time spent committing.", counters.seconds)
        yield _counter("stayline_worker_records", "Changelog and output records committed.", counters.records)
        yield _gauge(
            "stayline_worker_last_commit_timestamp_seconds",
            "When the last transaction was committed; alert when it stands still under lag.",
            counters.last_commit_at or 0.0,
        )
        held = self._app.partitions.assigned
        customers = {number: tally.customers[number] for number in held if number in tally.customers}
        due = {number: tally.due[number] for number in held if number in tally.due}
        clocks = {number: tally.clocks[number] / 1000 for number in held if number in tally.clocks}
        yield _gauges("stayline_worker_customers", "Customers kept.", "partition", customers)
        yield _gauges("stayline_worker_due", "Entries waiting for a review.", "partition", due)
        yield _gauges("stayline_worker_watermark_timestamp_seconds", "Read up to here.", "partition", clocks)
        lags = {partition: lag.end - lag.committed for partition, lag in self._app.lag().items()}
        yield _gauges("stayline_worker_lag_messages", "Offsets behind the end of interactions.", "partition", lags)
        model = GaugeMetricFamily(
            "stayline_worker_model_examples", "Answers that the model in use has learnt.", labels=["version_kind"]
        )
        model.add_metric([self._model_version().split("-")[0]], self._model_examples())
        yield model

    def live(self) -> str | None:
        """Why the process should be restarted: commits stand still while there is lag."""
        counters = self._app.committer.counters
        behind = sum(lag.end - lag.committed for lag in self._app.lag().values())
        now = time.monotonic()
        # Markers of transactions take offsets too, so a lag of a few is no lag.
        if counters.commits != self._commits_seen or behind <= len(self._app.partitions.assigned):
            self._commits_seen = counters.commits
            self._idle_or_committed_at = now
        seconds = now - self._idle_or_committed_at
        return None if seconds < _STUCK_SECONDS else f"nothing was committed for {seconds:.0f} s with a lag of {behind}"

    def ready(self) -> str | None:
        """Why the process does not do its work yet."""
        if not self._app.partitions.recovered:
            return "customers are being recovered, or partitions are being assigned"
        return None


def _counter(name: str, help_text: str, value: float) -> Metric:
    return CounterMetricFamily(name, help_text, value=value)


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=value)


def _counters(name: str, help_text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(name, help_text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _gauges(name: str, help_text: str, label: str, values: Mapping[int, float]) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=[label])
    for key, value in dict(values).items():
        family.add_metric([str(key)], value)
    return family
