"""Attempts to deliver an alert to every target; one that has it is not asked again while another is away."""

from collections.abc import Sequence

from schemas.records.alert import Alert
from sinks.alerts.metrics import NotifierMetrics
from sinks.alerts.targets.attempt import attempt
from sinks.alerts.targets.deliver import Target
from sinks.health import Health


class Attempts:
    """Delivers alerts, and remembers which targets have the latest one, where others have not."""

    def __init__(self, targets: Sequence[Target], metrics: NotifierMetrics, health: Health) -> None:
        """Start with nothing delivered.

        Args:
            targets: Receivers of every alert.
            metrics: Updated with every attempt.
            health: Told that all targets answer.
        """
        self._targets, self._metrics, self._health = targets, metrics, health
        self._key = ("", "")
        self._taken: set[str] = set()
        for target in targets:
            metrics.expect(target.name)

    def deliver(self, alert: Alert) -> None:
        """Deliver an alert to the targets that do not have it yet.

        Raises:
            ServerUnreachableError: A target is away; what others have taken is remembered.
        """
        if self._key != (alert.alert_id, alert.state):
            self._key, self._taken = (alert.alert_id, alert.state), set()
        for target in self._targets:
            if target.name not in self._taken:
                attempt(target, alert, self._metrics)
                self._taken.add(target.name)
        self._health.away = None
