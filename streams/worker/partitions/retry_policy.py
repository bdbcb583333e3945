"""Tries a page or a review twice, wholly or not at all, and quarantines what fails both times."""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from customers.encoding.encode import NewerStateError
from schemas.errors import CustomerFailedError, PageFailedError, StoreDamagedError
from schemas.moments import Publication
from schemas.pages.page import NewerPageError
from streams.faust.protocol import FetchedRecord
from streams.worker.commit.batch import AssignedPartition
from streams.worker.commit.committer import Committer
from streams.worker.engine.protocols import ShardFactory
from streams.worker.partitions.quarantine import CustomerLetter, PageLetter
from streams.worker.store.partition_store import LocalStore

logger = logging.getLogger(__name__)

_TRACED_CALLS: Final = 8

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Reason why something cannot be done, in one line and at length; with the customer, if one is the cause."""

    problem: str
    traceback: str
    customer: CustomerFailedError | None


@dataclass(frozen=True, slots=True)
class _Done(Generic[_Result]):
    """Result of what was done."""

    result: _Result


class RetryPolicy:
    """Makes shards work, and replaces a shard that has raised by a new one."""

    def __init__(
        self,
        *,
        committer: Committer,
        store: LocalStore,
        shard_factory: ShardFactory,
        page_letter: PageLetter,
        customer_letter: CustomerLetter,
        most_quarantined: int,
    ) -> None:
        """Start with nothing quarantined.

        Args:
            committer: Has the open batch.
            store: The customers.
            shard_factory: Makes the engine of a partition.
            page_letter: Makes a dead letter of a page.
            customer_letter: Makes a dead letter of a customer.
            most_quarantined: Pages, or customers, quarantined in a row at most; one more is taken for a defect of ours.
        """
        self._committer = committer
        self._store = store
        self._shard_factory = shard_factory
        self._page_letter = page_letter
        self._customer_letter = customer_letter
        self._most_quarantined = most_quarantined
        self._pages_in_a_row = self._customers_in_a_row = 0
        self._reviewed_before = 0
        self.pages_quarantined = 0
        """Pages quarantined since the start."""
        self.customers_quarantined = 0
        """Reviews put off since the start."""

    def fold(self, partition: AssignedPartition, page: FetchedRecord) -> Publication | None:
        """Fold a page, or quarantine it.

        Returns:
            Publication of its first event; None where it has none or is quarantined.

        Raises:
            PageFailedError: Too many were quarantined in a row, or the page is of a newer version.
            StoreDamagedError: The local store is damaged; the next start rebuilds it.
        """

        def process() -> Publication | None:
            return partition.shard.process(page.value, page.headers, self._committer.batch)

        while isinstance(outcome := self._try_twice(partition, process, f"at {page}"), _Trouble):
            if outcome.customer is None:
                self._quarantine_page(page, outcome.traceback)
                return None
            self._quarantine_customer(partition, outcome.customer, outcome.traceback)
        self._pages_in_a_row = 0
        return outcome.result

    def work_off(self, partition: AssignedPartition) -> bool:
        """Do some of what is due between pages, and return True if anything was done that must be committed.

        Raises:
            PageFailedError: Too many customers were quarantined in a row, or it is unknown which one is the cause.
            StoreDamagedError: The local store is damaged; the next start rebuilds it.
        """

        def work_off() -> bool:
            return partition.shard.work_off(self._committer.batch)

        outcome = self._try_twice(partition, work_off, f"between pages of partition {partition.number}")
        if isinstance(outcome, _Done):
            return outcome.result
        if outcome.customer is None:
            raise PageFailedError(f"What is due on partition {partition.number} cannot be done: {outcome.problem}.")
        self._quarantine_customer(partition, outcome.customer, outcome.traceback)
        return True

    def _try_twice(
        self, partition: AssignedPartition, work: Callable[[], _Result], where: str
    ) -> _Done[_Result] | _Trouble:
        outcome = self._try(partition, work, where)
        return outcome if isinstance(outcome, _Done) else self._try(partition, work, where)

    def _try(self, partition: AssignedPartition, work: Callable[[], _Result], where: str) -> _Done[_Result] | _Trouble:
        """Do something wholly or not at all; the next try has a new shard."""
        batch, reviews = self._committer.batch, partition.shard.reviews
        mark = batch.mark()
        try:
            done = _Done(work())
        except StoreDamagedError:
            self._store.discard(partition.number)
            raise
        except Exception as error:
            self._notice_reviews(partition.shard.reviews - reviews)
            batch.undo_to(mark)
            partition.view.undo_page()
            trouble = _trouble_of(error, where)
            logger.exception("The engine raised %s", where)
            self._replace_shard(partition)
            return trouble
        self._notice_reviews(partition.shard.reviews - reviews)
        self._reviewed_before = 0
        return done

    def _replace_shard(self, partition: AssignedPartition) -> None:
        partition.shard = self._shard_factory(partition.number, partition.view, partition.shard.progress())

    def _notice_reviews(self, reviewed: int) -> None:
        """End the row of failed reviews if one has succeeded since; those before the last failure are done again."""
        if reviewed > self._reviewed_before:
            self._customers_in_a_row = 0
        self._reviewed_before = reviewed

    def _quarantine_page(self, page: FetchedRecord, problem: str) -> None:
        self._pages_in_a_row += 1
        if self._pages_in_a_row > self._most_quarantined:
            raise PageFailedError(f"Too many pages in a row cannot be folded, the last at {page}.")
        self._committer.batch.emit(*self._page_letter(page, problem))
        self.pages_quarantined += 1
        where = {"topic": page.topic, "partition": page.partition, "offset": page.offset}
        logger.error("The page at %s is quarantined as a dead letter", page, extra=where)

    def _quarantine_customer(self, partition: AssignedPartition, failed: CustomerFailedError, problem: str) -> None:
        """Put off a customer's review, in the transaction of the dead letter that says so."""
        self._customers_in_a_row += 1
        if self._customers_in_a_row > self._most_quarantined:
            raise PageFailedError(f"Too many customers in a row cannot be reviewed: {failed}.")
        partition.view.put(failed.key, failed.put_off)
        self._committer.batch.emit(*self._customer_letter(partition.number, failed, problem))
        self._committer.batch.folded(partition)
        self._replace_shard(partition)
        self.customers_quarantined += 1
        where = {"partition": partition.number, "customer_id": failed.key.decode(errors="backslashreplace")}
        told = "%s, partition %d: quarantined as a dead letter, and put off for a day"
        logger.error(told, failed, partition.number, extra=where)


def _trouble_of(error: Exception, where: str) -> _Trouble:
    customer = error if isinstance(error, CustomerFailedError) else None
    cause = error if customer is None else error.__cause__ or error
    if isinstance(cause, NewerPageError | NewerStateError):
        # A dead letter of what a newer program wrote would only make work for that program.
        raise PageFailedError(f"What lies {where} cannot be read: {cause}.") from error
    told = "".join(traceback.format_exception(cause, limit=-_TRACED_CALLS))
    return _Trouble(repr(cause), told, customer)
