"""A page or a review is tried twice, wholly or not at all; what cannot be done is set aside."""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from faust.types import Message

from customers.encode import NewerStateError
from schemas.errors import CustomerFailedError, PageFailedError, StoreDamagedError
from schemas.pages import NewerPageError
from streams.worker.commit.batch import AssignedPartition
from streams.worker.commit.committer import Committer
from streams.worker.engine.protocols import ShardFactory
from streams.worker.partitions.quarantine import CustomerLetter, PageLetter
from streams.worker.store.partition_store import LocalStore

logger = logging.getLogger(__name__)

_TRACED_CALLS = 8


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why something cannot be done, in one line and at length, and whether one customer is to blame."""

    problem: str
    traceback: str
    customer: CustomerFailedError | None


class Attempts:
    """What the shards of this process are asked to do, and what they could not."""

    def __init__(
        self,
        *,
        committer: Committer,
        store: LocalStore,
        shard_factory: ShardFactory,
        page_letter: PageLetter,
        customer_letter: CustomerLetter,
        most_aside: int,
    ) -> None:
        """Begin with nothing set aside.

        Args:
            committer: Has the open batch.
            store: The customers.
            shard_factory: Makes the engine of a partition anew.
            page_letter: Makes a dead letter of a page.
            customer_letter: Makes a dead letter of a customer.
            most_aside: So many pages, or customers, in a row may be set aside; one more is taken for a defect of ours.
        """
        self._committer = committer
        self._store = store
        self._shard_factory = shard_factory
        self._page_letter = page_letter
        self._customer_letter = customer_letter
        self._most_aside = most_aside
        self._pages_in_a_row = self._customers_in_a_row = 0
        self._reviewed_before = 0
        self.pages_aside = 0
        """Pages set aside since the start."""
        self.customers_aside = 0
        """Customers whose review was put off since the start, each time counted."""

    def fold(self, partition: AssignedPartition, message: Message) -> None:
        """Fold a page, or set it aside.

        Raises:
            PageFailedError: Too many were set aside in a row, or the page is of a newer version.
            StoreDamagedError: The local store is damaged; the next start makes it anew.
        """
        place = f"topic {message.topic}, partition {message.partition}, offset {message.offset}"
        value, headers = message.value or b"", dict(message.headers or ())

        def process() -> None:
            partition.shard.process(value, headers, self._committer.batch)

        while (trouble := self._try_twice(partition, process, f"at {place}")) is not None:
            if trouble.customer is None:
                self._set_page_aside(message, trouble.traceback, place)
                return
            self._set_customer_aside(partition, trouble.customer, trouble.traceback)
        self._pages_in_a_row = 0

    def work_off(self, partition: AssignedPartition) -> bool:
        """Do some of what is due between pages, and say whether anything was done that must be committed.

        Raises:
            PageFailedError: Too many customers were set aside in a row, or nobody knows who is to blame.
            StoreDamagedError: The local store is damaged; the next start makes it anew.
        """
        busy = False

        def work_off() -> None:
            nonlocal busy
            busy = partition.shard.work_off(self._committer.batch)

        trouble = self._try_twice(partition, work_off, f"between pages of partition {partition.number}")
        if trouble is None:
            return busy
        if trouble.customer is None:
            raise PageFailedError(f"What is due on partition {partition.number} cannot be done: {trouble.problem}.")
        self._set_customer_aside(partition, trouble.customer, trouble.traceback)
        return True

    def _try_twice(self, partition: AssignedPartition, work: Callable[[], None], where: str) -> _Trouble | None:
        return self._try(partition, work, where) and self._try(partition, work, where)

    def _try(self, partition: AssignedPartition, work: Callable[[], None], where: str) -> _Trouble | None:
        """Do something wholly or not at all; the next try has a new shard."""
        batch, reviews = self._committer.batch, partition.shard.reviews
        mark = batch.mark()
        try:
            work()
        except StoreDamagedError:
            self._store.condemn(partition.number)
            raise
        except Exception as error:
            self._notice_reviews(partition.shard.reviews - reviews)
            batch.undo_to(mark)
            partition.view.undo_page()
            trouble = _trouble_of(error, where)
            logger.exception("The engine raised %s", where)
            partition.shard = self._shard_factory(partition.number, partition.view, partition.shard.progress())
            return trouble
        self._notice_reviews(partition.shard.reviews - reviews)
        self._reviewed_before = 0
        return None

    def _notice_reviews(self, reviewed: int) -> None:
        """End the row of failed reviews if one has succeeded since; those before the last failure are done again."""
        if reviewed > self._reviewed_before:
            self._customers_in_a_row = 0
        self._reviewed_before = reviewed

    def _set_page_aside(self, message: Message, problem: str, place: str) -> None:
        self._pages_in_a_row += 1
        if self._pages_in_a_row > self._most_aside:
            raise PageFailedError(f"Too many pages in a row cannot be folded, the last at {place}.")
        self._committer.batch.emit(*self._page_letter(message, problem))
        self.pages_aside += 1
        where = {"topic": message.topic, "partition": message.partition, "offset": message.offset}
        logger.error("The page at %s is set aside as a dead letter", place, extra=where)

    def _set_customer_aside(self, partition: AssignedPartition, failed: CustomerFailedError, problem: str) -> None:
        """Put off a customer's review, in the transaction of the dead letter that says so."""
        self._customers_in_a_row += 1
        if self._customers_in_a_row > self._most_aside:
            raise PageFailedError(f"Too many customers in a row cannot be reviewed: {failed}.")
        partition.view.put(failed.key, failed.put_off)
        self._committer.batch.emit(*self._customer_letter(partition.number, failed, problem))
        self._committer.batch.folded(partition)
        partition.shard = self._shard_factory(partition.number, partition.view, partition.shard.progress())
        self.customers_aside += 1
        where = {"partition": partition.number, "customer_id": failed.key.decode(errors="backslashreplace")}
        told = "%s, partition %d: set aside as a dead letter, and put off for a day"
        logger.error(told, failed, partition.number, extra=where)


def _trouble_of(error: Exception, where: str) -> _Trouble:
    customer = error if isinstance(error, CustomerFailedError) else None
    cause = error if customer is None else error.__cause__ or error
    if isinstance(cause, NewerPageError | NewerStateError):
        # Setting aside what a newer program wrote would only make work for that program.
        raise PageFailedError(f"What lies {where} cannot be read: {cause}.") from error
    told = "".join(traceback.format_exception(cause, limit=-_TRACED_CALLS))
    return _Trouble(repr(cause), told, customer)
