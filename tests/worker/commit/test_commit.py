"""One batch is committed while the next is folded, and a commit that does not come back ends the worker."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from streams.faust.protocol import Failure, Membership
from streams.worker.commit.batch import AssignedPartition
from streams.worker.commit.committer import Committer
from streams.worker.store.partition_store import MemoryPartition, PartitionView
from tests.worker.fakes import HeldSender, NoShard


def commit_and_fold(give_up_seconds: float, *, let_go: bool) -> tuple[HeldSender, Failure, PartitionView]:
    """Fold a page, fold another while the first is being committed, then commit that too."""
    sender, failure, view = HeldSender(), Failure(), PartitionView(MemoryPartition())
    partition = AssignedPartition(0, NoShard(), view, next_offset=1)

    async def play() -> None:
        with ThreadPoolExecutor(1) as executor:
            committer = Committer(
                sender,
                executor,
                failure,
                max_batch_records=100,
                give_up_seconds=give_up_seconds,
                commit_offsets=lambda _batch: asyncio.sleep(0),
            )
            committer.take_over(Membership(1, "member"), {})
            view.put(b"anna", b"1")
            await committer.folded(partition)
            committer.start()
            view.put(b"anna", b"2")
            view.put(b"bert", b"1")
            partition.next_offset = 2
            await committer.folded(partition)
            if let_go:
                sender.go.set()
            await committer.drain()
            sender.go.set()

    asyncio.run(play())
    return sender, failure, view


def test_a_page_folded_during_a_commit_belongs_to_the_next_batch() -> None:
    sender, failure, view = commit_and_fold(10, let_go=True)
    assert not failure.raised
    assert [dict(batch.changes) for batch in sender.sent] == [{0: {b"anna": b"1"}}, {0: {b"anna": b"2", b"bert": b"1"}}]
    assert [batch.positions[0].offset for batch in sender.sent] == [1, 2]
    assert dict(view.items()) == {b"anna": b"2", b"bert": b"1"}


def test_a_commit_that_does_not_come_back_ends_the_worker_and_commits_no_more() -> None:
    sender, failure, _ = commit_and_fold(0.1, let_go=False)
    assert failure.thread_lost
    assert "could not be committed in 0.1 s" in str(failure.reason)
    assert len(sender.sent) == 1
