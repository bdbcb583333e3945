"""What the learner shows of itself."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from risk.contest import NAMES, Contest
from streams.learner.app import LearnerApp


class LearnerMetrics(Collector):
    """The learner's metrics and health."""

    def __init__(self, app: LearnerApp) -> None:
        """Watch a learner."""
        self._app = app

    def collect(self) -> Iterator[Metric]:
        """Read what the learner has."""
        study = self._app.study
        learner = study.learner
        yield GaugeMetricFamily(
            "stayline_learner_examples", "Answers learnt, those of earlier runs included.", learner.examples
        )
        yield CounterMetricFamily(
            "stayline_learner_passed_over",
            "Examples learnt before, or of other features or horizons.",
            study.passed_over,
        )
        yield GaugeMetricFamily("stayline_learner_lag_messages", "Examples waiting.", self._app.lag())
        yield GaugeMetricFamily(
            "stayline_learner_log_loss",
            "Mean log-loss of the risks given before the answers were known; above the prior's, the model harms.",
            learner.log_loss,
        )
        yield GaugeMetricFamily(
            "stayline_learner_prior_log_loss", "The same for always predicting the average.", learner.prior_log_loss
        )
        yield from _of_contest(learner.contest)
        yield GaugeMetricFamily(
            "stayline_learner_published_timestamp_seconds", "When a model was published last.", self._app.published_at
        )

    def live(self) -> str | None:
        """Why the process should be restarted."""
        return str(self._app.failure.reason) if self._app.failure.raised else None

    def ready(self) -> str | None:
        """Why the process does not do its work yet; a learner that waits to take over is ready to do so."""
        return None if self._app.started else "starting"


def _of_contest(contest: Contest) -> Iterator[Metric]:
    losses = GaugeMetricFamily(
        "stayline_learner_contest_log_loss",
        "Mean log-loss that each model would have had, judged by what it would have said at the questions.",
        labels=["model"],
    )
    champion = GaugeMetricFamily("stayline_learner_champion", "1 for the model that answers.", labels=["model"])
    for place, name in enumerate(NAMES):
        losses.add_metric([name], float(contest.losses[place]))
        champion.add_metric([name], float(place == contest.champion))
    yield losses
    yield champion
    yield CounterMetricFamily("stayline_learner_champion_changes", "Challengers that took over.", contest.changes)
    drifts = CounterMetricFamily(
        "stayline_learner_drifts",
        "Changes noticed: in answers (the model then learns faster), in features (look at what changed upstream).",
        labels=["of"],
    )
    drifts.add_metric(["answers"], contest.watch.drifts)
    drifts.add_metric(["features"], contest.watch.feature_drifts)
    yield drifts
