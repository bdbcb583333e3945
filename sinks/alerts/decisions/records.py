"""Records of ``alerts`` as the schedule takes them: decisions, their ends, and customers who are forgotten."""

import logging
from typing import Final

import msgspec
from confluent_kafka import Message

from schemas.records.alert import decode_alert
from sinks.alerts.decisions.delivery import is_to_be_told
from sinks.alerts.decisions.schedule import Schedule
from sinks.alerts.metrics import NotifierMetrics

_LOG: Final = logging.getLogger(__name__)


def take_record(message: Message, schedule: Schedule, metrics: NotifierMetrics, now: int) -> None:
    """Hand a record to the schedule; what is no alert, or nothing to be told of, is counted and skipped.

    Alerts of risks are left out: who is called about a risk is not held out any more.

    Args:
        message: From ``alerts``.
        schedule: Takes it.
        metrics: Counts what is skipped.
        now: Instant, ms since 1970.
    """
    value = message.value()
    if not value:
        schedule.forget((message.key() or b"").decode("utf-8", "replace"), now)
        return
    try:
        alert = decode_alert(value)
    except msgspec.DecodeError as error:
        metrics.refused.labels("decoding").inc()
        _LOG.error("a message on alerts is not an alert (%s); it is skipped", error)
        return
    if alert.decision_id and alert.state == "raised" and not is_to_be_told(alert):
        metrics.refused.labels("decoding").inc()
        _LOG.error("decision %s is nothing to be told of; it is skipped", alert.decision_id)
    elif alert.decision_id:
        schedule.add(alert, now)
