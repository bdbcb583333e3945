"""Delivery of a decision: where it stands, as the journal keeps it."""

from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from schemas.records.alert import Alert

DeliveryState = Literal["waiting", "started", "delivered", "ending", "over"]

_NOTHING: Final = frozenset({"", "none"})

_KEPT_FOR: Final = timedelta(days=1)
"""Kept so much longer than its time: the day in which that ends may still use a unit of capacity."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Delivery of a decision, on the journal's topic under the decision's id.

    ::

        waiting ─► started ─► delivered ─► ending ─► over
           │          └───────────────────────┘       ▲
           └──────────────────────────────────────────┘

    Attributes:
        alert: The alert's latest record with all that is known of the decision.
        state: ``waiting`` for ``deliver_at``; ``started`` when it may have reached a target, so that its end has to
            reach it, too; ``delivered``; ``ending`` while its end is to be delivered; ``over``.
        deliver_at: Instant from which on it may be delivered, UTC; that it uses capacity of this day is said by
            ``uses_capacity``.
        due_by: End of the time in which it may be delivered, UTC.
        uses_capacity: True if a unit of the day's capacity is taken.
        forgotten: True if the customer was forgotten: once the end is delivered, nothing says whose it was.
    """

    alert: Alert
    state: DeliveryState
    deliver_at: datetime
    due_by: datetime
    uses_capacity: bool = True
    forgotten: bool = False

    @property
    def is_to_deliver(self) -> bool:
        """True if its raising or its end is to be delivered."""
        return self.state in ("waiting", "started", "ending")

    def is_kept(self, now: datetime) -> bool:
        """Return True if it is needed still: a raising that is read again must not be delivered again."""
        return self.state != "over" or now < self.due_by + _KEPT_FOR


def is_to_be_told(alert: Alert) -> bool:
    """Return True if the alert of a decision names something to be done, and a time for it.

    Others are not for ``alerts``: ghost decisions, and those to do nothing. Nobody may be told of them.
    """
    moments = (alert.do_after, alert.due_by)
    return alert.action not in _NOTHING and all(one is not None and one.tzinfo is not None for one in moments)


encode_delivery: Final = msgspec.json.Encoder().encode
decode_delivery: Final = msgspec.json.Decoder(Delivery).decode
