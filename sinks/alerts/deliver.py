"""Deliver one alert to one target: a webhook, Prometheus Alertmanager, or the log."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol
from urllib.parse import quote, urlsplit

import httpx

from schemas.errors import ServerUnreachableError, UsageError
from schemas.records import Alert, encode_record
from schemas.settings import NotifierSettings

_TRY_AGAIN_STATUSES: Final = frozenset({408, 425, 429})
_SERVER_ERROR: Final = 500

_UNTIL_CLEARED: Final = timedelta(days=366)
"""Alertmanager ends an alert after minutes unless it has an end; ours last until they are cleared."""

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


def targets_of(settings: NotifierSettings, client: httpx.Client) -> list[Target]:
    """Return the configured targets, or the log if there are none.

    Args:
        settings: The addresses.
        client: Used for all requests.

    Raises:
        UsageError: An address is invalid.
    """
    targets: list[Target] = []
    if settings.webhook_url is not None:
        targets.append(WebhookTarget(settings.webhook_url.get_secret_value(), client))
    if settings.alertmanager_url is not None:
        targets.append(AlertmanagerTarget(settings.alertmanager_url, client))
    return targets or [LogTarget()]


class LogTarget:
    """Writes alerts to the log, without anything personal beyond the customer's id."""

    name = "log"

    def deliver(self, alert: Alert) -> str | None:
        """See ``Target``."""
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


class WebhookTarget:
    """Posts every alert as JSON; the header ``Idempotency-Key`` is the same when one is sent again."""

    name = "webhook"

    def __init__(self, url: str, client: httpx.Client) -> None:
        self._url = _address(url)
        self._client = client

    def deliver(self, alert: Alert) -> str | None:
        """See ``Target``."""
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": f"{quote(alert.alert_id, safe='')}:{alert.state}",
        }
        return _refusal(
            self.name, _send(self._client, "POST", self._url, content=encode_record(alert), headers=headers)
        )


class AlertmanagerTarget:
    """Raises and ends alerts through Alertmanager's API, version 2."""

    name = "alertmanager"

    def __init__(self, url: str, client: httpx.Client) -> None:
        self._url = _address(url.rstrip("/") + "/api/v2/alerts")
        self._client = client

    def deliver(self, alert: Alert) -> str | None:
        """See ``Target``."""
        if alert.state == "raised":
            return self._post([raised(alert)])
        matchers = ['alertname="CustomerAtRisk"', f"customer_id={_quoted(alert.customer_id)}"]
        answer = _send(self._client, "GET", self._url, params={"filter": matchers})
        refusal = _refusal(self.name, answer)
        if refusal is not None:
            return refusal
        # An alert is ended by the labels with which it was raised; its segment may have changed since.
        ended = [
            {"labels": found["labels"], "startsAt": found["startsAt"], "endsAt": _ended_at(alert, found["startsAt"])}
            for found in answer.json()
        ]
        return self._post(ended) if ended else None

    def _post(self, alerts: list[dict[str, Any]]) -> str | None:
        return _refusal(self.name, _send(self._client, "POST", self._url, json=alerts))


def raised(alert: Alert) -> dict[str, Any]:
    """Return an alert in Alertmanager's format."""
    reasons = "; ".join(reason.text for reason in alert.reasons)
    return {
        "labels": {
            "alertname": "CustomerAtRisk",
            "customer_id": alert.customer_id,
            "segment": alert.segment,
            "severity": "critical" if alert.segment == "keep_at_all_costs" else "warning",
        },
        "annotations": {
            "summary": f"Customer {alert.customer_id} is likely to leave: risk {alert.risk:.0%}, "
            f"{alert.value_at_risk:.2f} at risk. {reasons}".strip(),
            "alert_id": alert.alert_id,
        },
        "startsAt": alert.raised_at.isoformat(),
        "endsAt": (alert.raised_at + _UNTIL_CLEARED).isoformat(),
    }


def _ended_at(alert: Alert, started_at: str) -> str:
    """Return the end, not before the start: Alertmanager may have set that itself, and refuses an earlier end."""
    return max(alert.changed_at, datetime.fromisoformat(started_at)).astimezone(UTC).isoformat()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _address(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UsageError(f"{_host(url)} cannot be an address: {error}") from None


def _send(client: httpx.Client, method: str, url: httpx.URL, **request: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
    try:
        return client.request(method, url, **request)
    except httpx.TransportError as error:
        raise ServerUnreachableError(f"{_shown(url)} does not answer ({type(error).__name__}: {error})") from error


def _refusal(name: str, answer: httpx.Response) -> str | None:
    status = answer.status_code
    if status >= _SERVER_ERROR or status in _TRY_AGAIN_STATUSES:
        raise ServerUnreachableError(f"{name} at {_shown(answer.url)} answers {status}")
    return None if answer.is_success else f"{name} at {_shown(answer.url)} answers {status}"


def _host(url: str) -> str:
    """Return the host of an address, without user, password and path, which may hold secrets."""
    return url.split("://", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1]


def _shown(url: httpx.URL) -> str:
    """Return an address without its path, which may hold a secret."""
    parts = urlsplit(str(url))
    return f"{parts.scheme}://{parts.hostname}:{parts.port}" if parts.port else f"{parts.scheme}://{parts.hostname}"
