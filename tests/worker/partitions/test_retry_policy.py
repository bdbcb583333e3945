"""A customer who cannot be reviewed holds up nobody else, and catches up with everything once it can be."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from customers.encoding.encode import encode_customer
from customers.state import STATE_VERSION, Customer
from schemas.errors import PageFailedError
from schemas.pages.page import PAGE_VERSION
from tests.kit.worker_pages import Sent
from tests.worker.engine.shards import bought, page
from tests.worker.partitions.one_partition import (
    MOST_QUARANTINED,
    Illness,
    OnePartition,
    first_page,
    scored_by,
)


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def test_a_customer_whose_review_raises_is_set_aside_and_the_page_is_folded(executor: ThreadPoolExecutor) -> None:
    one_partition = OnePartition(executor)
    one_partition.fold(first_page())
    one_partition.fold(page(25, bought(25, customer_id="dan")))
    assert [(letter.topic, letter.partition) for letter in one_partition.letters] == [("customers", 0)]
    assert [scored_by(one_partition, name) > 1 for name in ("ann", "bob", "cid")] == [True] * 3
    assert scored_by(one_partition, "dan") == 1


def test_the_dead_letter_names_the_customer_and_holds_the_state_and_the_traceback(
    executor: ThreadPoolExecutor,
) -> None:
    one_partition = OnePartition(executor)
    one_partition.fold(first_page())
    state = one_partition.states()[b"ill"]
    one_partition.fold(page(25))
    (letter,) = one_partition.letters
    assert (letter.reason, letter.original) == ("unprocessable", state)
    assert letter.detail.startswith("customer ill cannot be reviewed: Traceback")
    assert letter.detail.rstrip().endswith("ArithmeticError: cannot be judged")


def test_between_pages_a_customer_is_set_aside_too(executor: ThreadPoolExecutor) -> None:
    one_partition = OnePartition(executor, reviews_per_page=0)
    one_partition.fold(first_page())
    one_partition.fold(page(25))
    assert one_partition.letters == []
    one_partition.work_off()
    assert len(one_partition.letters) == one_partition.retry_policy.customers_quarantined == 1
    assert [scored_by(one_partition, name) > 1 for name in ("ann", "bob", "cid")] == [True] * 3


def test_a_review_that_raises_once_is_done_at_the_second_try(executor: ThreadPoolExecutor) -> None:
    one_partition, well = OnePartition(executor, Illness(raises_left=1)), OnePartition(executor, Illness(raises_left=0))
    for one in (one_partition, well):
        one.fold(first_page())
        one.fold(page(25))
    assert (one_partition.letters, one_partition.told(), one_partition.states()) == ([], well.told(), well.states())


def test_a_customer_who_is_mended_catches_up_with_all_that_was_due(executor: ThreadPoolExecutor) -> None:
    one_partition, well = OnePartition(executor), OnePartition(executor, Illness(raises_left=0))
    for one in (one_partition, well):
        for sent in (first_page(), page(25), page(26.5), page(40)):
            one.fold(sent)
    assert len(one_partition.letters) == 3
    one_partition.illness.raises_left = 0
    for one in (one_partition, well):
        one.fold(page(60))
    assert (one_partition.told(), one_partition.states()) == (well.told(), well.states())


def test_every_setting_aside_has_a_letter_of_its_own(executor: ThreadPoolExecutor) -> None:
    one_partition = OnePartition(executor)
    for sent in (first_page(), page(25), page(26.5), page(40)):
        one_partition.fold(sent)
    assert len({(letter.topic, letter.partition, letter.offset) for letter in one_partition.letters}) == 3


@pytest.mark.parametrize("spoilt", [b"", b"abc", bytes(8) + b"no state at all", encode_customer(Customer(), 0)[:20]])
def test_a_state_that_cannot_be_decoded_is_set_aside_and_kept(executor: ThreadPoolExecutor, spoilt: bytes) -> None:
    one_partition = OnePartition(executor, Illness(raises_left=0))
    one_partition.store.partition(0).write({b"spoilt": spoilt}, 0)
    one_partition.partition.shard = one_partition.make_shard(0, one_partition.partition.view, None)
    one_partition.fold(first_page())
    one_partition.fold(page(25))
    assert one_partition.letters[0].original == spoilt
    assert one_partition.states()[b"spoilt"][8:] == spoilt[8:]
    assert scored_by(one_partition, "ann") > 1


def test_too_many_customers_in_a_row_who_cannot_be_reviewed_stop_the_worker(executor: ThreadPoolExecutor) -> None:
    one_partition = OnePartition(executor, Illness(purchases=1))
    one_partition.fold(page(0.5, *(bought(0, customer_id=f"c{number}") for number in range(MOST_QUARANTINED + 1))))
    with pytest.raises(PageFailedError, match="Too many customers in a row cannot be reviewed: customer c"):
        one_partition.fold(page(60))
    assert len(one_partition.letters) == MOST_QUARANTINED


def test_a_review_that_succeeds_ends_the_row(executor: ThreadPoolExecutor) -> None:
    one_partition = OnePartition(executor, most_quarantined=1)
    for sent in (first_page(), page(25), page(40)):
        one_partition.fold(sent)
    assert one_partition.retry_policy.customers_quarantined == 2


def test_a_page_of_a_newer_version_stops_the_worker_and_is_not_set_aside(executor: ThreadPoolExecutor) -> None:
    one_partition, sent = OnePartition(executor), first_page()
    newer = Sent(sent.value, {**sent.headers, "page": b"%d" % (PAGE_VERSION + 1)})
    said = f"page version {PAGE_VERSION + 1} is newer than {PAGE_VERSION}; upgrade this process first"
    with pytest.raises(PageFailedError, match=f"offset 0 cannot be read: {said}"):
        one_partition.fold(newer)
    assert (one_partition.letters, one_partition.states()) == ([], {})


def test_a_state_of_a_newer_version_stops_the_worker_and_is_not_set_aside(executor: ThreadPoolExecutor) -> None:
    one_partition = OnePartition(executor)
    newer = encode_customer(Customer(version=STATE_VERSION + 1), 0)
    one_partition.store.partition(0).write({b"c": newer}, 0)
    one_partition.partition.shard = one_partition.make_shard(0, one_partition.partition.view, None)
    told = f"state version {STATE_VERSION + 1} is newer than {STATE_VERSION}; upgrade this process first"
    with pytest.raises(PageFailedError, match=told):
        one_partition.fold(page(1))
    assert (one_partition.letters, one_partition.states()) == ([], {b"c": newer})


def test_many_who_cannot_be_reviewed_at_once_are_no_row_where_others_come_between_them(
    executor: ThreadPoolExecutor,
) -> None:
    one_partition = OnePartition(executor, most_quarantined=1)
    ill = [f"ill{number}" for number in range(5)]
    twice = [bought(day, customer_id=name) for name in ill for day in (0, 0.1)]
    one_partition.fold(page(0.5, *twice, *(bought(0, customer_id=f"well{number}") for number in range(500))))
    one_partition.fold(page(25))
    assert one_partition.retry_policy.customers_quarantined == len(ill)


def test_one_who_is_reviewed_before_all_others_fail_does_not_hide_the_row(executor: ThreadPoolExecutor) -> None:
    one_partition = OnePartition(executor)
    ill = [bought(day, customer_id=f"ill{number}") for number in range(20) for day in (1, 1.1)]
    one_partition.fold(page(1.5, bought(0, customer_id="ann"), *ill))
    with pytest.raises(PageFailedError, match="Too many customers in a row"):
        one_partition.fold(page(60))
