"""Notes to the learner on ``training_examples``, told from answers by their headers."""

from datetime import datetime
from typing import Final

import msgspec

from schemas.trace import Headers

BORDER: Final = "border"
"""Header of a :class:`BorderMarker`."""

OUTCOME: Final = "outcome"
"""Header of a :class:`schemas.records.decisions.DecisionOutcome` on ``training_examples``."""

BIDS: Final = "bids"
"""Header of a :class:`schemas.records.decisions.BidCounts`."""

LEARNER_NOTES: Final = frozenset({BORDER, OUTCOME, BIDS})
"""Headers of the records on ``training_examples`` that are no answers; they have no key."""


class BorderMarker(msgspec.Struct, frozen=True, kw_only=True):
    """Notice that a customer partition has passed a border of epochs, on ``training_examples``.

    It follows every answer of the partition that was settled before the border, in the same transaction or a later one.
    A record with the header ``border`` is one, and has no key; readers of answers skip it.

    Attributes:
        partition: Number of the customer partition.
        partitions: Number of customer partitions.
        border: The border, and thereby every earlier one, UTC.
    """

    partition: int
    partitions: int
    border: datetime


def is_learner_note(headers: Headers | None) -> bool:
    """Return True if a record on ``training_examples`` with these headers is for the learner alone, and no answer."""
    if isinstance(headers, dict):
        return not LEARNER_NOTES.isdisjoint(headers)
    return any(header[0] in LEARNER_NOTES for header in headers or ())


decode_border_marker: Final = msgspec.json.Decoder(BorderMarker).decode
