"""Targets of alerts: a webhook, Prometheus Alertmanager, a file a day, or the log."""

import logging
from collections.abc import Callable
from typing import Final, Protocol

import httpx

from runtime.service.clock import wall_clock_ms
from schemas.records.alert import Alert
from schemas.settings.processes import NotifierSettings
from sinks.alerts.targets.alertmanager import AlertmanagerTarget
from sinks.alerts.targets.daily_file import FileTarget
from sinks.alerts.targets.signature import read_secrets
from sinks.alerts.targets.webhook import WebhookTarget

_LOG: Final = logging.getLogger(__name__)


class Target(Protocol):
    """A receiver of alerts.

    Attributes:
        name: Name in metrics and logs.
    """

    name: str

    def deliver(self, alert: Alert) -> str | None:
        """Deliver an alert; delivering it again changes nothing.

        Returns:
            Why the target will never accept it, or None if it accepted it.

        Raises:
            ServerUnreachableError: The target is away; try again later.
        """


def targets_of(
    settings: NotifierSettings,
    client: httpx.Client,
    now_ms: Callable[[], int] = wall_clock_ms,
    local_ms: Callable[[int], int] = lambda moment: moment,
) -> list[Target]:
    """Return the configured targets, or the log if there are none.

    Args:
        settings: The addresses.
        client: Used for all requests.
        now_ms: Returns the wall time, ms since 1970.
        local_ms: Returns the local time, whose days the files are of, of an instant, both in ms; unset: UTC.

    Raises:
        UsageError: An address or the secret is invalid, or the folder cannot be written to.
    """
    targets: list[Target] = []
    if settings.webhook_url is not None:
        secret = settings.webhook_secret
        keys = () if secret is None else read_secrets(secret.get_secret_value())
        targets.append(WebhookTarget(settings.webhook_url.get_secret_value(), client, now_ms, keys))
    if settings.alertmanager_url is not None:
        targets.append(AlertmanagerTarget(settings.alertmanager_url, client))
    if settings.folder is not None:
        targets.append(FileTarget(settings.folder, settings.file_format, now_ms, local_ms))
    return targets or [LogTarget()]


class LogTarget:
    """Writes alerts to the log, without anything personal beyond the customer's id."""

    name = "log"

    def deliver(self, alert: Alert) -> str | None:
        """See ``Target``."""
        if alert.decision_id:
            _LOG.warning(
                "decision %s %s: customer %s, %s by %s until %s",
                alert.decision_id,
                alert.state,
                alert.customer_id,
                alert.action,
                alert.team,
                alert.due_by,
            )
            return None
        _LOG.warning(
            "alert %s %s: customer %s, risk %.3f, value at risk %.2f, %s",
            alert.alert_id,
            alert.state,
            alert.customer_id,
            alert.risk,
            alert.value_at_risk,
            alert.segment,
        )
        return None
