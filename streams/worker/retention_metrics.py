"""Metrics of decisions and of what followed them."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, Metric

from streams.worker.engine.counters import Counters


def retention_metrics(counters: Counters) -> Iterator[Metric]:
    """Yield the metrics; an action has a series from its first decision on."""
    decisions = CounterMetricFamily(
        "stayline_worker_decisions",
        "Decisions raised, by action; held_out: nobody is told. None any more while there are scores: see the runbook.",
        labels=["action", "held_out"],
    )
    for (action, held_out), number in counters.decisions.copy().items():
        decisions.add_metric([action, str(held_out).lower()], number)
    yield decisions
    outcomes = CounterMetricFamily(
        "stayline_worker_outcomes",
        "Outcomes settled, by action and state; void ones, over a hole of the purchases, are neither learnt nor shown.",
        labels=["action", "state"],
    )
    for (action, state), number in counters.outcomes.copy().items():
        outcomes.add_metric([action, state], number)
    yield outcomes
