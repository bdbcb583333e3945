"""Byte strings as no publisher should send them: noise, and good events with something wrong in them."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final, get_args

from deploy.simulator import shop_events
from schemas.events.raw_events import RAW_TOPICS, TYPE_OF_TOPIC
from schemas.records.decisions import ActionResult

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_DAYS: Final = 40

STAMPED_AT: Final = _START + timedelta(days=_DAYS)
"""A publishing time at which every unspoilt event is neither too old nor from the future."""

_EVENTS: Final = 600
_TOLD_EVENTS: Final = 120
_NOISE_BYTES: Final = 300
_TOO_LARGE_BYTES: Final = 200 * 1024
_TOKENS: Final = (
    b"NaN",
    b"-Infinity",
    b"1e999999999",
    b"-0",
    b"null",
    b"\\ud800",
    b"\\u0000",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"[" * 300,
    b'{"a":' * 300,
    b'"',
    b"\\",
    b",",
    b"\n",
)
_SURPRISES: Final[tuple[Any, ...]] = (
    None,
    True,
    [],
    {},
    "",
    " ",
    -1,
    0,
    2**63,
    10**400,
    0.1,
    1e308,
    1e-320,
    float("nan"),
    float("inf"),
    "x" * 2_000,
    "\ud800",
    "\x00",
    "eur",
    "XTS",
    "1772323200",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-02-30T00:00:00Z",
    "2000-01-01T00:00:00Z",
    "2099-01-01T00:00:00Z",
    "1e-30",
    "1_000",
    "٣",
    [[]],
    {"": ""},
)


class Mutations:
    """Draws topics and values."""

    def __init__(self, seed: int) -> None:
        """Start from a seed; the same again draws the same."""
        self._random = random.Random(seed)
        topics: dict[object, str] = {kind: topic for topic, kind in TYPE_OF_TOPIC.items()}
        shop = islice(shop_events(seed=seed, customers=200, start=_START, days=_DAYS), _EVENTS)
        events = [*shop, *self._told_events()]
        self._good = [(topics[event["type"]], json.dumps(event).encode()) for event in events]
        self._ways: tuple[Callable[[bytes], bytes], ...] = (
            lambda value: value,
            self._noise,
            self._flip,
            self._insert,
            self._cut,
            self._repeat,
            self._splice,
            self._truncate,
            self._replace_a_field,
            self._rename_a_field,
        )

    def _told_events(self) -> Iterator[dict[str, Any]]:
        """Yield what people did and thought."""
        for number in range(_TOLD_EVENTS):
            event = {
                "event_id": f"told-{number}",
                "customer_id": f"customer-{self._random.randrange(200):06}",
                "occurred_at": (_START + timedelta(hours=number)).isoformat(),
                "by": self._random.choice(("ann", "Zoë")),
                "note": "Glad that we rang.",
                "extra": {"consent": "no"},
            }
            if number % 2:
                result = self._random.choice(get_args(ActionResult))
                yield {"type": "action_taken", **event, "action": "call", "result": result, "decision_id": "d-1"}
            else:
                yield {"type": "judgement", **event, "sentiment": self._random.randint(-2, 2), "likely_to_leave": True}

    def draw(self) -> tuple[str, bytes]:
        """Return a raw topic and what is published there."""
        topic, value = self._random.choice(self._good)
        if self._random.random() < 0.0005:
            return topic, value + b" " * _TOO_LARGE_BYTES
        if self._random.random() < 0.02:
            topic = self._random.choice(RAW_TOPICS)
        value = self._random.choice(self._ways)(value)
        while self._random.random() < 0.15:
            value = self._random.choice(self._ways)(value)
        return topic, value

    def _noise(self, _: bytes) -> bytes:
        return self._random.randbytes(self._random.randrange(_NOISE_BYTES))

    def _flip(self, value: bytes) -> bytes:
        changed = bytearray(value)
        for _ in range(self._random.randint(1, 3) if changed else 0):
            changed[self._random.randrange(len(changed))] ^= 1 << self._random.randrange(8)
        return bytes(changed)

    def _insert(self, value: bytes) -> bytes:
        place = self._place(value)
        added = self._random.choice(_TOKENS) if self._random.random() < 0.7 else self._random.randbytes(3)
        return value[:place] + added + value[place:]

    def _cut(self, value: bytes) -> bytes:
        place = self._place(value)
        return value[:place] + value[place + self._random.randint(1, 20) :]

    def _repeat(self, value: bytes) -> bytes:
        begin = self._place(value)
        end = begin + self._random.randint(1, 60)
        return value[:end] + value[begin:]

    def _splice(self, value: bytes) -> bytes:
        _, other = self._random.choice(self._good)
        return value[: self._place(value)] + other[self._place(other) :]

    def _truncate(self, value: bytes) -> bytes:
        return value[: self._place(value)]

    def _replace_a_field(self, value: bytes) -> bytes:
        return self._in_the_event(value, lambda holder, name: {**holder, name: self._random.choice(_SURPRISES)})

    def _rename_a_field(self, value: bytes) -> bytes:
        def rename(holder: dict[str, Any], name: str) -> dict[str, Any]:
            return {(other + "_" if other == name else other): held for other, held in holder.items()}

        return self._in_the_event(value, rename)

    def _in_the_event(self, value: bytes, change: Callable[[dict[str, Any], str], dict[str, Any]]) -> bytes:
        """Change a field of the event or of one of its items; bytes that are no event stay as they are."""
        try:
            event = json.loads(value)
        except (ValueError, RecursionError):
            return value
        if not isinstance(event, dict) or not event:
            return value
        items = event.get("items")
        if (
            isinstance(items, list)
            and items
            and isinstance(items[0], dict)
            and items[0]
            and self._random.random() < 0.4
        ):
            items[0] = change(items[0], self._random.choice(list(items[0])))
        else:
            event = change(event, self._random.choice(list(event)))
        return json.dumps(event).encode()

    def _place(self, value: bytes) -> int:
        return self._random.randrange(len(value) + 1)
