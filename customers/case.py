"""Cases: customers to be advanced, with the results of every instant so far."""

from collections.abc import Sequence

import msgspec

from customers.facts import Fact
from customers.questions.settle import Settled
from customers.reviews.alert import AlertTransition
from customers.reviews.looks import NOTHING_PLANNED, Planned
from customers.reviews.schedule import NOT_DUE
from customers.state import NEVER, Customer
from schemas.records.score import Cause, Score


class Scored(msgspec.Struct, frozen=True):
    """A score with its instant and cause.

    Attributes:
        now: Instant, ms since 1970.
        cause: Interaction or review that led to it.
        score: The score.
        planned: What follows from it.
    """

    now: int
    cause: Cause
    score: Score
    planned: Planned = NOTHING_PLANNED

    @property
    def alert(self) -> AlertTransition | None:
        """Change of the customer's alert by this score; None if there is none."""
        return self.planned.alert


class TimePassed(msgspec.Struct, frozen=True):
    """Results of an instant without a score.

    Attributes:
        now: Instant, ms since 1970.
        planned: What follows.
    """

    now: int
    planned: Planned


class AdvanceResult(msgspec.Struct, frozen=True):
    """Result of advancing a customer.

    Attributes:
        settled: Answered questions, in order.
        scored: Scores, in order.
        passed: What followed between them, in order.
        duplicates: Facts that had been folded before.
        reused: Facts whose event ids others had that were folded before and said something else; they do not count.
    """

    settled: list[Settled] = []
    scored: list[Scored] = []
    passed: list[TimePassed] = []
    duplicates: list[Fact] = []
    reused: list[Fact] = []

    @property
    def in_order(self) -> Sequence[Scored | TimePassed]:
        """Scores, and what followed between them, in order."""
        if not self.passed:  # as almost always
            return self.scored
        return sorted([*self.passed, *self.scored], key=lambda one: one.now)


class Case(msgspec.Struct):
    """A customer to be advanced, with the result so far.

    Attributes:
        customer_id: Id of the customer.
        customer: State; changed in place.
        due: Next instant at which something is due, ms since 1970; set by advancing.
        result: Result so far.
    """

    customer_id: str
    customer: Customer
    due: int = NOT_DUE
    result: AdvanceResult = msgspec.field(default_factory=AdvanceResult)


class Moment(msgspec.Struct, frozen=True):
    """A customer to be scored at the present instant of its state.

    Attributes:
        case: The customer.
        facts: New facts of the instant.
        bought: True if the customer bought at this instant.
        asked: True if a question is to be asked.
        visit: Instant of the purchase that goes on at this one, ms since 1970; NEVER if none does.
    """

    case: Case
    facts: Sequence[Fact]
    bought: bool
    asked: bool
    visit: int = NEVER

    @property
    def as_of(self) -> int:
        """Instant of the features, ms since 1970: a visit that goes on is looked at as of its beginning."""
        return self.visit or self.case.customer.clock

    @property
    def cause(self) -> Cause:
        """Interaction if there was a new fact, else review."""
        return "interaction" if self.facts else "review"
