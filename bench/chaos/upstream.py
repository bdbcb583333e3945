"""Events of a careless upstream: some twice, late or out of order, and some that are no events at all."""

import json
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final, get_args

from schemas.events.dead_letter import Reason
from schemas.events.raw_events import RAW_TOPICS
from schemas.moments import DAY_MS, HOUR_MS, from_ms
from schemas.records.decisions import ActionResult

CUSTOMERS: Final = 240
HOT_EVENTS: Final = 250
"""Of one customer, within a second."""

POISON_MESSAGES: Final = 150
SKEW_MS: Final = 60_000
"""So far ahead is the clock of one publisher; more than five minutes would be refused."""

_WEIGHTS: Final = (60, 10, 20, 5, 5)
"""Weight of each raw topic among what is published."""

_KEPT: Final = 400
_TOO_LARGE: Final = 130 * 1024


@dataclass(frozen=True, slots=True)
class UpstreamMessage:
    """One raw message.

    Attributes:
        topic: Where it goes.
        value: Its bytes.
        key: Its key.
        event_id: Of a good event; empty where it is none.
        reason: Why a bad one is refused.
        ahead_ms: How far the clock of its publisher is ahead; such a one publishes to the first partition alone.
    """

    topic: str
    value: bytes
    key: bytes
    event_id: str = ""
    reason: Reason | None = None
    ahead_ms: int = 0


class Upstream:
    """Draws messages; the same seed gives the same ones, apart from their times."""

    def __init__(self, random: Random) -> None:
        """Begin with nothing published.

        Args:
            random: Draws everything.
        """
        self._random = random
        self._events = 0
        self._past: list[UpstreamMessage] = []
        self._customers = [f"customer-{number}" for number in range(CUSTOMERS - 2)] + ["ä/ö:ü 株", "x" * 128]

    def draw(self, count: int, now_ms: int) -> list[UpstreamMessage]:
        """Some messages as they come, out of order."""
        messages: list[UpstreamMessage] = []
        for _ in range(count):
            messages += self._draw(now_ms)
        self._random.shuffle(messages)
        return messages

    def burst(self, now_ms: int) -> list[UpstreamMessage]:
        """A customer, or a machine that takes itself for one, does hundreds of things at once."""
        customer = self._random.choice(self._customers)
        return [self._event(customer, now_ms) for _ in range(HOT_EVENTS)]

    def poison(self, now_ms: int) -> list[UpstreamMessage]:
        """A publisher has gone mad."""
        return [self._bad(now_ms) for _ in range(POISON_MESSAGES)]

    def _draw(self, now_ms: int) -> list[UpstreamMessage]:
        chance = self._random.random()
        if chance < 0.03:
            return [self._bad(now_ms)]
        if chance < 0.06 and self._past:
            return [self._random.choice(self._past)]
        if chance < 0.08:
            ahead = self._event(self._random.choice(self._customers), now_ms + SKEW_MS)
            return [replace(ahead, ahead_ms=SKEW_MS)]
        event = self._event(self._random.choice(self._customers), now_ms)
        if len(self._past) < _KEPT:
            self._past.append(event)
        elif self._random.random() < 0.05:
            self._past[self._random.randrange(_KEPT)] = event
        return [event, event] if chance < 0.12 else [event]

    def _event(self, customer_id: str, now_ms: int) -> UpstreamMessage:
        self._events += 1
        topic = self._random.choices(RAW_TOPICS, _WEIGHTS)[0]
        event = {
            "event_id": f"event-{self._events}",
            "customer_id": customer_id,
            "occurred_at": from_ms(now_ms - self._delay()).isoformat(),
            **self._details(topic),
        }
        return UpstreamMessage(topic, _encode(event), customer_id.encode(), event_id=str(event["event_id"]))

    def _delay(self) -> int:
        chance = self._random.random()
        if chance < 0.9:
            return self._random.randrange(2_000)
        return self._random.randrange(HOUR_MS if chance < 0.97 else 40 * DAY_MS)

    def _details(self, topic: str) -> dict[str, Any]:
        draw = self._random
        money = {"currency": draw.choice(["USD", "EUR", "JPY"])}
        sku = f"sku-{draw.randrange(50)}"
        price = draw.randrange(1, 20_000) / 100
        match topic:
            case "purchases":
                items = [{"sku": sku, "quantity": draw.randrange(1, 4), "unit_price": price}]
                channel: dict[str, str] = draw.choice([{}, {"channel": "web"}, {"channel": "store"}])
                return {**money, **channel, "order_id": f"order-{self._events}", "items": items}
            case "returns":
                reason: dict[str, str] = draw.choice([{}, {"reason": "defective"}, {"reason": "late"}])
                return {**money, **reason, "items": [{"sku": sku, "quantity": 1, "refund": price}]}
            case "support_contacts":
                answers: list[dict[str, Any]] = [
                    {},
                    {"satisfaction": draw.randrange(1, 6)},
                    {"resolved": draw.random() < 0.5},
                ]
                said = draw.choice(answers)
                return {**said, "channel": draw.choice(["phone", "email", "chat"])}
            case _:
                return self._told(topic)

    def _told(self, topic: str) -> dict[str, Any]:
        """Return an action or a judgement, sometimes with the word that the customer may or may not be contacted."""
        draw = self._random
        consent = {"extra": {"consent": draw.choice(["no", "yes"])}} if draw.random() < 0.2 else {}
        told = {**consent, "by": draw.choice(["ann", "bob", "Zoë"]), "note": draw.choice(["", "Glad that we rang."])}
        if topic == "actions_taken":
            return {**told, "action": draw.choice(["call", "remind"]), "result": draw.choice(get_args(ActionResult))}
        return {**told, "sentiment": draw.choice([None, -2, 1]), "likely_to_leave": draw.choice([None, True, False])}

    def _bad(self, now_ms: int) -> UpstreamMessage:
        draw = self._random
        topic = draw.choice(RAW_TOPICS)
        event = {
            "event_id": "bad",
            "customer_id": "bad",
            "occurred_at": from_ms(now_ms).isoformat(),
            **self._details(topic),
        }
        mistakes: dict[Reason, list[bytes]] = {
            "not_json": [b"", b"\xff" + draw.randbytes(draw.randrange(200)), _encode(event)[:-1]],
            "invalid": [b"[]", b"null", _encode({**event, "customer": "x"}), _encode({**event, "event_id": ""})],
            "from_the_future": [_encode({**event, "occurred_at": from_ms(now_ms + DAY_MS).isoformat()})],
            "too_old": [_encode({**event, "occurred_at": "1999-01-01T00:00:00Z"})],
        }
        if "currency" in event:
            mistakes["unknown_currency"] = [_encode({**event, "currency": "XTS"})]
        if draw.random() < 0.02:
            mistakes = {"too_large": [b" " * _TOO_LARGE]}
        reason = draw.choice(list(mistakes))
        return UpstreamMessage(topic, draw.choice(mistakes[reason]), draw.randbytes(8), reason=reason)


def _encode(event: dict[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()
