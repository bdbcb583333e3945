"""A partition of customers behaves the same in memory and on disk, and holds only what is committed."""

from pathlib import Path

import pytest

from streams.worker.store.partition_store import LocalPartition, LocalStore, PartitionView


@pytest.fixture(params=["memory", "rocksdb"])
def partition(request: pytest.FixtureRequest, tmp_path: Path) -> LocalPartition:
    return LocalStore(tmp_path if request.param == "rocksdb" else None).partition(3)


def test_a_partition_holds_what_is_written_and_forgets_what_is_deleted(partition: LocalPartition) -> None:
    partition.write({b"anna": b"1", b"bert": b"2"}, 10)
    partition.write({b"anna": None, b"carl": b"3", b"nobody": None}, 12)
    assert dict(partition.items()) == {b"bert": b"2", b"carl": b"3"}
    assert partition.get(b"anna") is None
    assert partition.offset == 12


@pytest.mark.parametrize("customer", [b"offset", b":", b";", b"\x00", b"\xff", "Jürgen".encode()])
def test_any_customer_id_is_a_key_like_every_other(partition: LocalPartition, customer: bytes) -> None:
    partition.write({customer: b"1"}, 7)
    assert partition.get(customer) == b"1"
    assert list(partition.items()) == [(customer, b"1")]
    assert partition.offset == 7


def test_a_store_on_disk_continues_after_it_was_closed(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.partition(0).write({b"anna": b"1"}, 41)
    store.close_all()
    reopened = LocalStore(tmp_path).partition(0)
    assert reopened.offset == 41
    assert reopened.get(b"anna") == b"1"


def test_a_view_shows_open_changes_over_sealed_ones_over_committed_ones(partition: LocalPartition) -> None:
    partition.write({b"anna": b"committed", b"bert": b"committed", b"carl": b"committed"}, 1)
    view = PartitionView(partition)
    view.put(b"anna", b"sealed")
    view.delete(b"bert")
    view.keep_page()
    sealed = view.seal()
    view.put(b"anna", b"open")
    assert sealed == {b"anna": b"sealed", b"bert": None}
    assert [view.get(key) for key in (b"anna", b"bert", b"carl")] == [b"open", None, b"committed"]
    assert partition.get(b"anna") == b"committed"


def test_sealed_changes_reach_the_partition_only_when_they_have_landed(partition: LocalPartition) -> None:
    view = PartitionView(partition)
    view.put(b"anna", b"1")
    view.keep_page()
    view.seal()
    view.put(b"anna", b"2")
    view.committed(5)
    assert (partition.get(b"anna"), partition.offset) == (b"1", 5)
    assert view.get(b"anna") == b"2"


def test_changes_without_an_offset_are_refused(partition: LocalPartition) -> None:
    view = PartitionView(partition)
    view.put(b"anna", b"1")
    view.keep_page()
    view.seal()
    with pytest.raises(ValueError, match="no known offset"):
        view.committed(None)


def test_a_page_that_is_undone_leaves_nothing(partition: LocalPartition) -> None:
    partition.write({b"anna": b"committed"}, 1)
    view = PartitionView(partition)
    view.put(b"anna", b"kept")
    view.keep_page()
    view.put(b"anna", b"undone")
    view.put(b"bert", b"undone")
    view.undo_page()
    assert (view.get(b"anna"), view.get(b"bert")) == (b"kept", None)


def test_customers_are_listed_as_they_stand(partition: LocalPartition) -> None:
    partition.write({b"anna": b"1", b"bert": b"1", b"carl": b"1"}, 1)
    view = PartitionView(partition)
    view.put(b"anna", b"2")
    view.keep_page()
    view.seal()
    view.delete(b"bert")
    view.put(b"dora", b"1")
    assert dict(view.items()) == {b"anna": b"2", b"carl": b"1", b"dora": b"1"}
