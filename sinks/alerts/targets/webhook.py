"""The webhook: every raising and clearing as JSON by POST, signed if there is a secret (docs/delivery.md)."""

from collections.abc import Callable, Sequence
from urllib.parse import quote

import httpx

from schemas.moments import SECOND_MS
from schemas.records.alert import Alert
from schemas.records.encode import encode_record
from sinks.alerts.targets.http import address_of, refusal_of, send
from sinks.alerts.targets.signature import signed_headers


class WebhookTarget:
    """Posts alerts; the headers ``Idempotency-Key`` and ``webhook-id`` are the same when one is sent again."""

    name = "webhook"

    def __init__(self, url: str, client: httpx.Client, now_ms: Callable[[], int], keys: Sequence[bytes] = ()) -> None:
        """Set up without connecting yet.

        Args:
            url: Where it is posted to.
            client: Used for all requests.
            now_ms: Returns the wall time, ms since 1970, which is signed.
            keys: Of the signatures; without any nothing is signed.

        Raises:
            UsageError: The address is invalid.
        """
        self._url = address_of(url)
        self._client, self._now_ms, self._keys = client, now_ms, keys

    def deliver(self, alert: Alert) -> str | None:
        """See ``Target``."""
        key, body = f"{quote(alert.alert_id, safe='')}:{alert.state}", encode_record(alert)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            **signed_headers(self._keys, key, self._now_ms() // SECOND_MS, body),
        }
        return refusal_of(self.name, send(self._client, "POST", self._url, content=body, headers=headers))
