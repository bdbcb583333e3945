"""Histories of the measurement: shops of the simulator, whose truth is known, and CDNOW."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple
from zlib import crc32

import msgspec

from deploy.demo.play.cdnow import cdnow_events
from deploy.simulator.simulate import ShopTruth, simulate_shop
from schemas.events.history import decode_history
from schemas.events.interaction import Interaction
from schemas.settings.processes import IntakeSettings
from schemas.settings.risk import MoneySettings

_START: Final = datetime(2024, 1, 1, tzinfo=UTC)
_DAYS: Final = 730.0


class WatchedHistory(NamedTuple):
    """A history.

    Attributes:
        name: As it is printed.
        interactions: In time order.
        truth: Who left, and when; None where nobody knows.
    """

    name: str
    interactions: list[Interaction]
    truth: Mapping[str, ShopTruth] | None


def shop(seed: int, customers: int) -> WatchedHistory:
    """Return two years of the demo's shop."""
    simulated = simulate_shop(seed=seed, customers=customers, start=_START, days=_DAYS)
    return WatchedHistory(f"shop {seed}", _decoded(simulated.events()), simulated.truth())


def cdnow(one_in: int) -> WatchedHistory:
    """Return the purchases of one in so many customers of CDNOW."""
    events = (event for event in cdnow_events() if crc32(str(event["customer_id"]).encode()) % one_in == 0)
    return WatchedHistory("CDNOW" if one_in == 1 else f"CDNOW, one customer in {one_in}", _decoded(events), None)


def _decoded(events: Iterable[object]) -> list[Interaction]:
    lines = map(msgspec.json.encode, events)
    decoded = decode_history(lines, MoneySettings().rates, IntakeSettings().max_event_bytes)
    return [one for one in decoded if isinstance(one, Interaction)]
