"""Prometheus Alertmanager: raises and ends alerts about customers, and about decisions for them."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import httpx
import msgspec

from schemas.errors import ServerUnreachableError
from schemas.records.alert import Alert
from sinks.alerts.targets.http import TargetAnswer, address_of, refusal_of, send

_UNTIL_CLEARED: Final = timedelta(days=366)
"""Alertmanager ends an alert after minutes unless it has an end; ours last until they are cleared."""


class _Held(msgspec.Struct):
    """An alert as Alertmanager holds it, as far as it is needed to end it."""

    labels: dict[str, str]
    startsAt: Annotated[datetime, msgspec.Meta(tz=True)]  # noqa: N815 - its own name


class AlertmanagerTarget:
    """Raises and ends alerts through Alertmanager's API, version 2."""

    name = "alertmanager"

    def __init__(self, url: str, client: httpx.Client) -> None:
        """Set up without connecting yet.

        Args:
            url: Alertmanager's address.
            client: Used for all requests.

        Raises:
            UsageError: The address is invalid.
        """
        self._url = address_of(url.rstrip("/") + "/api/v2/alerts")
        self._client = client

    def deliver(self, alert: Alert) -> str | None:
        """See ``Target``."""
        if alert.state == "raised":
            return self._post([raised(alert)])
        answer = send(self._client, "GET", self._url, params={"filter": _matchers(alert)})
        refusal = refusal_of(self.name, answer)
        if refusal is not None:
            return refusal
        # An alert is ended by the labels with which it was raised; its segment may have changed since.
        ended = [
            {"labels": one.labels, "startsAt": one.startsAt.isoformat(), "endsAt": _ended_at(alert, one.startsAt)}
            for one in _held(answer)
        ]
        return self._post(ended) if ended else None

    def _post(self, alerts: list[dict[str, Any]]) -> str | None:
        return refusal_of(self.name, send(self._client, "POST", self._url, json=alerts))


def raised(alert: Alert) -> dict[str, Any]:
    """Return an alert in Alertmanager's format."""
    return _raised_decision(alert) if alert.decision_id else _raised_risk(alert)


def _raised_risk(alert: Alert) -> dict[str, Any]:
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


def _raised_decision(alert: Alert) -> dict[str, Any]:
    """Return the alert of a decision, which ends when its time is over even if nobody ends it."""
    due_by = alert.due_by or alert.raised_at + _UNTIL_CLEARED
    reasons = " ".join(reason.text for reason in alert.reasons)
    return {
        "labels": {
            "alertname": "CustomerDecision",
            "customer_id": alert.customer_id,
            "decision_id": alert.decision_id,
            "action": alert.action,
            "team": alert.team,
            "channel": alert.channel,
            "severity": "info",
        },
        "annotations": {
            "summary": f"{alert.action} for customer {alert.customer_id} by {due_by:%Y-%m-%d %H:%M} UTC: "
            f"{alert.value_at_risk:.2f} at risk. {' '.join(alert.what_changed)} {reasons}".strip(),
            "template": alert.template,
        },
        "startsAt": alert.raised_at.isoformat(),
        "endsAt": due_by.isoformat(),
    }


def _matchers(alert: Alert) -> list[str]:
    if alert.decision_id:
        return ['alertname="CustomerDecision"', f"decision_id={_quoted(alert.decision_id)}"]
    return ['alertname="CustomerAtRisk"', f"customer_id={_quoted(alert.customer_id)}"]


def _held(answer: TargetAnswer) -> list[_Held]:
    """Return the alerts of an answer.

    Raises:
        ServerUnreachableError: It is something else, such as the page of a proxy; Alertmanager may answer later.
    """
    try:
        return msgspec.json.decode(answer.body, type=list[_Held])
    except msgspec.DecodeError as error:
        raise ServerUnreachableError(f"alertmanager at {answer.sender} answers no list of alerts ({error})") from None


def _ended_at(alert: Alert, started_at: datetime) -> str:
    """Return the end, not before the start: Alertmanager may have set that itself, and refuses an earlier end."""
    return max(alert.changed_at, started_at).astimezone(UTC).isoformat()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
