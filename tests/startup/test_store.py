"""A local store is used as it is meant, or moved away and rebuilt, whatever its files are."""

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.errors import LocalStoreError, StoreDamagedError
from streams.worker.store.partition_store import LocalStore

CUSTOMERS = 3_000


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with customers in a sorted file of several blocks."""
    folder = tmp_path_factory.mktemp("store")
    store = LocalStore(folder, "ours")
    store.partition(0).write({b"c%d" % number: os.urandom(100) for number in range(CUSTOMERS)}, 41)
    store.close_all()
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    shutil.copytree(original, tmp_path / "store")
    return tmp_path / "store"


def _the_file(folder: Path, pattern: str) -> Path:
    return next((folder / "0").glob(pattern))


def _lose_current(folder: Path) -> None:
    (folder / "0" / "CURRENT").unlink()


def _write_nonsense_into_current(folder: Path) -> None:
    (folder / "0" / "CURRENT").write_text("nonsense")


def _lose_the_manifest(folder: Path) -> None:
    _the_file(folder, "MANIFEST-*").unlink()


def _write_garbage_into_the_manifest(folder: Path) -> None:
    _the_file(folder, "MANIFEST-*").write_bytes(os.urandom(300))


def _truncate_the_data(folder: Path) -> None:
    os.truncate(_the_file(folder, "*.sst"), 1_000)


def _lose_the_data(folder: Path) -> None:
    _the_file(folder, "*.sst").unlink()


def _put_a_file_in_its_place(folder: Path) -> None:
    shutil.rmtree(folder / "0")
    (folder / "0").write_text("something else")


@pytest.mark.parametrize(
    "spoil",
    [
        _lose_current,
        _write_nonsense_into_current,
        _lose_the_manifest,
        _write_garbage_into_the_manifest,
        _truncate_the_data,
        _lose_the_data,
        _put_a_file_in_its_place,
    ],
)
def test_a_store_that_cannot_be_opened_is_set_aside_with_one_line_and_made_anew(
    folder: Path, spoil: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    spoil(folder)
    partition = LocalStore(folder, "ours").partition(0)
    assert (partition.offset, list(partition.items())) == (None, [])
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "rebuilt from the changelog" in caplog.text
    assert (folder / "0.unused").exists()


def _write_garbage_into_the_data(folder: Path) -> None:
    file = _the_file(folder, "*.sst")
    spoilt = bytearray(file.read_bytes())
    middle = len(spoilt) // 2
    spoilt[middle : middle + 200] = os.urandom(200)
    file.write_bytes(spoilt)


def test_a_damaged_block_is_told_and_not_taken_for_the_end_of_the_customers(folder: Path) -> None:
    _write_garbage_into_the_data(folder)
    partition = LocalStore(folder, "ours").partition(0)
    with pytest.raises(StoreDamagedError, match="a restart rebuilds it"):
        list(partition.items())


def test_a_customer_in_a_damaged_block_is_told_and_not_taken_for_unknown(folder: Path) -> None:
    _write_garbage_into_the_data(folder)
    partition = LocalStore(folder, "ours").partition(0)
    with pytest.raises(StoreDamagedError, match="block checksum mismatch"):
        [partition.get(b"c%d" % number) for number in range(CUSTOMERS)]


def test_a_condemned_store_is_made_anew_by_the_next_start(folder: Path) -> None:
    store = LocalStore(folder, "ours")
    store.partition(0)
    store.discard(0)
    assert LocalStore(folder, "ours").partition(0).offset is None


@pytest.mark.parametrize("identity", ["another application's", "", "ours 0"])
def test_a_store_of_another_changelog_is_not_used(
    folder: Path, identity: str, caplog: pytest.LogCaptureFixture
) -> None:
    partition = LocalStore(folder, identity).partition(0)
    assert (partition.offset, list(partition.items())) == (None, [])
    assert "is a copy of another changelog" in caplog.text


def test_a_store_of_another_partition_is_not_used(folder: Path) -> None:
    (folder / "0").rename(folder / "1")
    assert LocalStore(folder, "ours").partition(1).offset is None


def test_a_store_without_an_identity_is_not_used(tmp_path: Path) -> None:
    store = LocalStore(tmp_path, "")
    store.partition(0).write({b"anna": b"1"}, 5)
    store.close_all()
    assert LocalStore(tmp_path, "ours").partition(0).offset is None


def test_a_store_that_is_in_use_is_left_alone(folder: Path) -> None:
    store = LocalStore(folder, "ours")
    assert store.partition(0).offset == 41
    with pytest.raises(LocalStoreError, match="Another process uses the local store"):
        LocalStore(folder, "ours").partition(0)
    assert len(list(store.partition(0).items())) == CUSTOMERS
    store.close_all()
    assert LocalStore(folder, "ours").partition(0).offset == 41


def test_only_the_latest_of_what_was_set_aside_is_kept(folder: Path) -> None:
    for identity in ("a", "b", "c"):
        store = LocalStore(folder, identity)
        store.partition(0)
        store.close_all()
    assert sorted(path.name for path in folder.iterdir()) == ["0", "0.unused"]
