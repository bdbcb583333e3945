"""Whatever order pages, repeats and forgettings come in: the snapshot expect what a table holds that heard the same."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from confluent_kafka import Message
from hypothesis import given
from hypothesis import strategies as st

from streams.audit.compare import compare_states, locate
from streams.audit.decode import PartitionNumbers
from streams.audit.fingerprint import Mask, Prints, fingerprints
from streams.audit.index import CustomerCounts
from streams.audit.snapshot import Snapshot

CUSTOMERS = 3
FORGOTTEN = "c-0"
PLACES = PartitionNumbers(("purchases",), 1)
ALL_SETTLED = np.array([2**62], np.int64)


@dataclass(frozen=True)
class Record:
    """A record of ``interactions``, as a consumer hands it out."""

    at: int
    forgets: str = ""
    events: Sequence[int] = ()

    def topic(self) -> str:
        """As a message has it."""
        return "interactions"

    def partition(self) -> int:
        """As a message has it."""
        return 0

    def offset(self) -> int:
        """As a message has it."""
        return self.at

    def key(self) -> bytes:
        """Whom it forgets; nothing on pages."""
        return self.forgets.encode()

    def value(self) -> bytes:
        """Its lines; none where it forgets."""
        return b"\n".join(map(_line, self.events))


@dataclass
class Told:
    """Contents of the table and the states after the same records, folded one after the other."""

    events: dict[int, str] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)

    def hear(self, record: Record) -> None:
        """Take in the next record."""
        if record.forgets:
            self.events = {event: owner for event, owner in self.events.items() if owner != record.forgets}
            self.seen[record.forgets] = 0
        for event in record.events:
            owner = owner_of(event)
            self.seen[owner] = self.seen.get(owner, 0) + (event not in self.events)
            self.events[event] = owner


def owner_of(event: int) -> str:
    return f"c-{event % CUSTOMERS}"


def _line(event: int) -> bytes:
    names = {"event_id": f"e-{event}", "customer_id": owner_of(event)}
    return json.dumps(names | {"source_topic": "purchases", "source_partition": 0, "source_offset": event}).encode()


def prints_of(names: Sequence[str]) -> Prints:
    return np.sort(fingerprints(name.encode() for name in names))


def nowhere(asked: Prints) -> Mask:
    return np.zeros(len(asked), np.bool_)


histories = st.lists(
    st.one_of(st.lists(st.integers(0, 11), max_size=6), st.sampled_from(["", *map(owner_of, range(CUSTOMERS))])),
    max_size=12,
)
"""Pages of events, and whom to forget; "" is a heartbeat."""


def records_of(history: Sequence[str | list[int]]) -> list[Record]:
    return [
        Record(at, forgets=one) if isinstance(one, str) else Record(at, events=one) for at, one in enumerate(history)
    ]


def audited(records: Sequence[Record], read: Sequence[int] = ()) -> Snapshot:
    """The snapshot after reading; ``read`` says where one read ended and the next began."""
    snapshot = Snapshot(PLACES, 1)
    snapshot.begin_round(ALL_SETTLED)
    ends = [*sorted(read), len(records)]
    for begin, end in zip([0, *ends], ends, strict=False):
        snapshot.add_pages(cast("list[Message]", records[begin:end]), {0: len(records)})
    snapshot.settle(ALL_SETTLED)
    return snapshot


def told(records: Sequence[Record]) -> Told:
    """Return the contents of table and states after these records."""
    everyone = Told()
    for record in records:
        everyone.hear(record)
    return everyone


def stored(events: Sequence[int]) -> Prints:
    return prints_of([f"e-{event}" for event in events])


@given(histories, st.lists(st.integers(0, 12), max_size=4))
def test_the_books_expect_the_rows_of_a_table_that_heard_the_same(
    history: list[str | list[int]], read: list[int]
) -> None:
    records = records_of(history)
    index = audited(records, [min(place, len(records)) for place in read]).events[0].index

    assert index.expected().tolist() == stored(list(told(records).events)).tolist()


@given(histories)
def test_states_that_heard_the_same_do_not_differ(history: list[str | list[int]]) -> None:
    records = records_of(history)
    events, everyone = audited(records).events[0], told(records)
    states = CustomerCounts()
    owners = sorted(everyone.seen)
    states.put(fingerprints(owner.encode() for owner in owners), np.array([everyone.seen[one] for one in owners]))
    gap = compare_states(events.distinct, events.lines, states, prints_of([]))

    assert (gap.missing, gap.extra) == (0, 0)


@given(histories)
def test_a_row_that_outlived_its_customers_forgetting_is_too_many(history: list[str | list[int]]) -> None:
    records = [*records_of([[0, 1, 2], *history]), Record(len(history) + 1, forgets=FORGOTTEN)]
    index = audited(records).events[0].index
    rows = stored([*told(records).events, 0])
    gap = locate(index.expected(), index.prints, rows, np.ones(len(rows), np.bool_), nowhere)

    assert (gap.missing, gap.extra_prints.tolist()) == (0, stored([0]).tolist())


@given(histories)
def test_an_event_that_comes_after_the_forgetting_begins_a_new_customer(history: list[str | list[int]]) -> None:
    after = len(history)
    records = [*records_of(history), Record(after, forgets=FORGOTTEN), Record(after + 1, events=[0])]
    events = audited(records).events[0]

    assert stored([0])[0] in events.index.expected()
    assert events.distinct.of(prints_of([FORGOTTEN])).tolist() == [1]
