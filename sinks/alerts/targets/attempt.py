"""One attempt to deliver an alert to one target, with its metrics."""

import logging
import time
from typing import Final

from schemas.errors import ServerUnreachableError
from schemas.records.alert import Alert
from sinks.alerts.metrics import NotifierMetrics
from sinks.alerts.targets.deliver import Target

_LOG: Final = logging.getLogger(__name__)


def attempt(target: Target, alert: Alert, metrics: NotifierMetrics) -> None:
    """Deliver an alert to a target; one that refuses it is logged, and done with it.

    Args:
        target: The receiver.
        alert: The alert.
        metrics: Updated.

    Raises:
        ServerUnreachableError: The target is away.
    """
    began = time.monotonic()
    try:
        refusal = target.deliver(alert)
    except ServerUnreachableError:
        metrics.retries.labels(target.name).inc()
        raise
    metrics.seconds.labels(target.name).observe(time.monotonic() - began)
    if refusal is None:
        metrics.delivered.labels(target.name, alert.state).inc()
    else:
        metrics.refused.labels(target.name).inc()
        _LOG.error("alert %s %s is skipped: %s", alert.alert_id, alert.state, refusal)
