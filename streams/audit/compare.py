"""Finds where the expected and the stored differ."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from streams.audit.fingerprint import Mask, Prints, contains
from streams.audit.index import CustomerCounts

Between = Literal["kafka_clickhouse", "kafka_state", "dead_letters"]
"""Comparisons: events in ClickHouse, events in customers' states, dead letters in ClickHouse; each with Kafka."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A difference in one part.

    Attributes:
        missing: How many things Kafka has that are not found.
        extra: How many are found that Kafka has not.
        missing_prints: Who they are: things, or the customers whose they are.
        extra_prints: Likewise.
        shared_prints: Ids that events of several customers have, of which one is kept; neither missing nor too many.
    """

    missing: int
    extra: int
    missing_prints: Prints
    extra_prints: Prints
    shared_prints: Prints = field(default_factory=lambda: np.empty(0, np.uint64))


NO_GAP = Gap(0, 0, np.empty(0, np.uint64), np.empty(0, np.uint64))


def locate(expected: Prints, known: Prints, stored: Prints, settled: Mask, elsewhere: Callable[[Prints], Mask]) -> Gap:
    """Return the things that are missing and those that are too many.

    Where upstream used one name for events of two customers, or published one twice, the copy that is kept may be one
    that is not expected here by Kafka's order: so what is stored at all is not missing, and what Kafka knows in
    another part is neither missing nor too many.

    Args:
        expected: What should be there, sorted.
        known: What Kafka has of this part, younger things too, sorted.
        stored: What is there.
        settled: Which of it lies below the cut.
        elsewhere: Says which things Kafka has in another part.
    """
    missing = np.setdiff1d(expected, stored, assume_unique=True)
    extra = stored[settled & ~contains(known, stored)]
    lost, odd = elsewhere(missing), elsewhere(extra)
    shared = np.union1d(missing[lost], extra[odd])
    missing, extra = missing[~lost], extra[~odd]
    return Gap(len(missing), len(extra), missing, extra, shared)


def compare_states(
    distinct: CustomerCounts,
    lines: CustomerCounts,
    states: CustomerCounts,
    touched: Prints,
    unreadable: Collection[int] = (),
) -> Gap:
    """Return the customers whose states have seen fewer or more events than the log has of them.

    A state knows an event again by the latest ids alone (``risk.remembered_events``); an old one that comes again
    counts again. So a state is right that has seen at least the distinct events and at most all lines.

    Args:
        distinct: Distinct events by customer.
        lines: All lines by customer.
        states: Events that the states have seen.
        touched: Customers to leave out, who had events meanwhile.
        unreadable: Customers whose states cannot be read: it is unknown what these have seen, so each is one missing.
    """
    keys = np.union1d(distinct.keys, states.keys)
    keys = keys[~np.isin(keys, np.union1d(touched, np.array(list(unreadable), np.uint64)))]
    seen = states.of(keys)
    short = np.maximum(distinct.of(keys) - seen, 0)
    over = np.maximum(seen - lines.of(keys), 0)
    return Gap(int(short.sum()) + len(unreadable), int(over.sum()), keys[short > 0], keys[over > 0])
