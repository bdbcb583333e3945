"""The learner's metrics of deciding: outcomes learnt, and what is in force of each action."""

from collections.abc import Callable, Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from retention.learning.evidence import share_held_out
from retention.learning.policy_learner import PolicyLearner


def metrics_of_policy(policy: PolicyLearner) -> Iterator[Metric]:
    """Yield the metrics of a policy."""
    yield GaugeMetricFamily(
        "stayline_learner_outcomes", "Outcomes of decisions learnt, those of earlier runs included.", policy.outcomes
    )
    yield GaugeMetricFamily(
        "stayline_learner_waiting_outcomes",
        "Outcomes read that are learnt once every customer partition has passed the end of their epoch.",
        policy.waiting,
    )
    prices = policy.policy.prices if policy.policy else {}
    yield _of_actions(
        policy,
        "stayline_learner_action_switched_off",
        "1 for an action that brings less than it costs and is not taken any more.",
        lambda name: float(policy.evidence[name].finding == "stopped"),
    )
    yield _of_actions(
        policy,
        "stayline_learner_action_price",
        "What an action must bring beyond its cost and the next best choice, reporting currency; 0: capacity is left.",
        lambda name: prices.get(name, 0.0),
    )
    yield _of_actions(
        policy,
        "stayline_learner_action_held_out_ratio",
        "Share of customers held out from an action: less than the playbook's once it is known to help.",
        lambda name: share_held_out(policy.evidence[name], policy.book.playbook.actions[name].holdout_share),
    )


def _of_actions(policy: PolicyLearner, name: str, text: str, value: Callable[[str], float]) -> Metric:
    metric = GaugeMetricFamily(name, text, labels=["action"])
    for action in policy.book.names:
        metric.add_metric([action], value(action))
    return metric
