"""The learner's metrics and health."""

import time
from collections.abc import Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from risk.learning.bias import Bias
from risk.learning.champion_challenger import CONTENDERS, ChampionChallenger
from risk.learning.learner import Learner
from runtime.service.liveness import Liveness
from streams.learner.loop import LearnerLoop
from streams.learner.policy_metrics import metrics_of_policy
from streams.learner.trainer import Trainer

_CONTROL_RECORDS: Final = 1_000
"""Workers end a transaction every 80 ms, and each leaves control records, which take offsets and are never read."""


class LearnerMetrics(Collector):
    """The learner's metrics and health."""

    def __init__(self, loop: LearnerLoop) -> None:
        """Watch a learner."""
        self._loop = loop
        self._liveness = Liveness(time.monotonic())

    def collect(self) -> Iterator[Metric]:
        """Read the learner's figures."""
        trainer = self._loop.trainer
        yield from _of_trainer(trainer)
        yield GaugeMetricFamily("stayline_learner_lag_messages", "Records not read yet.", self._lag())
        yield from _of_losses(trainer.learner)
        if trainer.policy is not None:
            yield from metrics_of_policy(trainer.policy)
        yield from _of_champions(trainer.learner.between_purchases, trainer.learner.at_purchase)
        yield GaugeMetricFamily(
            "stayline_learner_published_timestamp_seconds", "When a model was published last.", self._loop.published_at
        )
        yield from _of_bias(trainer.bias)

    def _lag(self) -> int:
        """Before the start there is no consumer to ask, and asking would make one in this thread."""
        return self._loop.lag() if self._loop.started else 0

    def live(self) -> str | None:
        """Return why the process should be restarted."""
        if self._loop.failure.raised:
            return str(self._loop.failure.reason)
        lag, now = self._lag(), time.monotonic()
        self._liveness.observe(self._loop.trainer.offset, now, idle=lag <= _CONTROL_RECORDS)
        seconds = self._liveness.stuck_for(now)
        return None if seconds is None else f"nothing was read for {seconds:.0f} s with a lag of {lag}"

    def ready(self) -> str | None:
        """Return why the process does not do its work yet; a learner that waits to take over is ready to do so."""
        return None if self._loop.started else "starting"


def _of_trainer(trainer: Trainer) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "stayline_learner_examples", "Answers learnt, those of earlier runs included.", trainer.learner.examples
    )
    yield CounterMetricFamily(
        "stayline_learner_passed_over",
        "Answers, outcomes and bids learnt before, too late for their border, or of other features or horizons.",
        trainer.passed_over + (trainer.policy.passed_over if trainer.policy else 0),
    )
    yield GaugeMetricFamily(
        "stayline_learner_waiting_examples",
        "Answers read that are learnt once every customer partition has passed the end of their epoch.",
        trainer.epochs.waiting,
    )
    yield GaugeMetricFamily(
        "stayline_learner_border_timestamp_seconds",
        "Last border of an epoch that was closed; standing still: a customer partition is not worked on.",
        trainer.epochs.border / 1000,
    )
    yield GaugeMetricFamily(
        "stayline_learner_epoch_seconds", "Length of an epoch: one model is published for each.", trainer.epoch_seconds
    )


def _of_losses(learner: Learner) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "stayline_learner_log_loss",
        "Mean log-loss of the risks given before the answers were known; above the prior's, the model harms.",
        learner.log_loss.mean,
    )
    yield GaugeMetricFamily(
        "stayline_learner_prior_log_loss",
        "The same for always predicting the average.",
        learner.prior_log_loss.mean,
    )


def _of_bias(bias: Bias) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "stayline_learner_predicted_ratio", "Mean of the risks given, of the last thousand answers.", bias.predicted
    )
    yield GaugeMetricFamily(
        "stayline_learner_left_ratio", "Share of customers who left, of the same answers.", bias.left
    )


def _of_champions(between_purchases: ChampionChallenger, at_purchase: ChampionChallenger) -> Iterator[Metric]:
    both = (between_purchases, at_purchase)
    losses = GaugeMetricFamily(
        "stayline_learner_contest_log_loss",
        "Mean log-loss that each model would have had, judged by what it would have said between purchases.",
        labels=["model"],
    )
    champion = GaugeMetricFamily(
        "stayline_learner_champion", "1 for the model that answers between purchases.", labels=["model"]
    )
    for index, name in enumerate(CONTENDERS):
        losses.add_metric([name], float(between_purchases.comparison.losses[index]))
        champion.add_metric([name], float(index == between_purchases.champion))
    yield losses
    yield champion
    changes = sum(one.changes for one in both)
    yield CounterMetricFamily("stayline_learner_champion_changes", "Challengers that took over.", changes)
    drifts = CounterMetricFamily(
        "stayline_learner_drifts",
        "Changes noticed: in answers (the model then learns faster), in features (look at what changed upstream).",
        labels=["of"],
    )
    drifts.add_metric(["answers"], sum(one.drift.drifts for one in both))
    drifts.add_metric(["features"], sum(one.drift.feature_drifts for one in both))
    yield drifts
