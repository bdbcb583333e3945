"""Batches: what goes together, and what may be committed after it."""

from runtime.service.backoff import Backoff
from schemas.settings.processes import SinkSettings
from sinks.load.batch import Portion, TableBatch, Tombstone

SMALL = SinkSettings(batch_rows=3, batch_bytes=1024, batch_seconds=0.5)
PLACE = ("interactions", 0)


def test_pages_and_single_records_are_joined_line_by_line() -> None:
    batch = TableBatch(SMALL)
    batch.add(PLACE, 0, b"a\nb\n", stamp=1, now=0.0)
    batch.add(PLACE, 1, b"c", stamp=2, now=0.0)
    batch.add(("interactions", 1), 9, b"d\n", stamp=3, now=0.0)
    block = batch.block()
    assert block.portions == (Portion((b"a\nb\nc\nd\n",), 4, (1, 2, 3)),)
    assert block.offsets == {PLACE: 2, ("interactions", 1): 10}


def test_large_pages_are_not_copied() -> None:
    batch, pages = TableBatch(SinkSettings()), [b"%d\n" % digit * 100_000 for digit in range(3)]
    for offset, page in enumerate(pages):
        batch.add(PLACE, offset, page, stamp=1, now=0.0)
    (portion,) = batch.block().portions
    assert all(piece is page for piece, page in zip(portion.lines, pages, strict=True))
    assert portion.rows == 300_000


def test_heartbeats_only_move_offsets() -> None:
    batch = TableBatch(SMALL)
    batch.add(PLACE, 4, b"", stamp=1, now=0.0)
    batch.add(PLACE, 5, None, stamp=1, now=0.0)
    assert not batch.empty
    block = batch.block()
    assert (block.portions, block.offsets) == ((Portion((), 0, ()),), {PLACE: 6})


def test_records_before_a_tombstone_are_stored_before_it_and_later_ones_after_it() -> None:
    batch, ann = TableBatch(SMALL), Tombstone("ann", PLACE, 1, 2)
    batch.add(PLACE, 0, b"a\n", stamp=1, now=0.0)
    batch.add_tombstone(ann, 0.0)
    batch.add(PLACE, 2, b"b\nc\n", stamp=3, now=0.0)
    block = batch.block()
    assert block.portions == (Portion((b"a\n",), 1, (1,), tombstone=ann), Portion((b"b\nc\n",), 2, (3,)))
    assert (block.offsets, batch.due(0.0)) == ({PLACE: 3}, True)


def test_a_batch_is_due_when_it_holds_enough_rows() -> None:
    batch = TableBatch(SMALL)
    batch.add(PLACE, 0, b"a\nb\n", stamp=1, now=0.0)
    assert not batch.due(0.0)
    batch.add(PLACE, 1, b"c\n", stamp=1, now=0.0)
    assert batch.due(0.0)


def test_a_batch_is_due_when_it_holds_enough_bytes() -> None:
    batch = TableBatch(SMALL)
    batch.add(PLACE, 0, b"a" * 1024, stamp=1, now=0.0)
    assert batch.due(0.0)


def test_a_batch_is_due_when_its_first_record_has_waited_long_enough() -> None:
    batch = TableBatch(SMALL)
    batch.add(PLACE, 0, b"a\n", stamp=1, now=10.0)
    batch.add(PLACE, 1, b"b\n", stamp=1, now=10.4)
    assert not batch.due(10.4)
    assert batch.due(10.5)


def test_a_cleared_batch_is_empty_and_never_due() -> None:
    batch = TableBatch(SMALL)
    batch.add(PLACE, 0, b"a\nb\nc\n", stamp=1, now=0.0)
    batch.clear()
    assert batch.empty
    assert not batch.due(1e9)
    assert batch.block().portions == (Portion((), 0, ()),)


def test_pauses_double_up_to_the_longest() -> None:
    pauses = Backoff(1.0, draw=lambda: 0.0)
    assert [pauses.take() for _ in range(5)] == [0.2, 0.4, 0.8, 1.0, 1.0]
    pauses.reset()
    assert pauses.take() == 0.2


def test_pauses_are_shortened_by_chance_by_up_to_half() -> None:
    assert Backoff(1.0, draw=lambda: 1.0).take() == 0.1
