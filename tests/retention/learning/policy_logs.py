"""Logs of outcomes and bids, and the policies that are learnt from them."""

from collections.abc import Iterable
from datetime import UTC, datetime

from retention.learning.policy_learner import PolicyLearner
from schemas.moments import DAY_MS, from_ms
from schemas.records.decisions import BidCounts, DecisionOutcome
from schemas.records.learnt_policy import LearntPolicy
from tests.retention.learning.decided import EPOCHS, FIRST, book_with

BOOK = book_with("call", "mail")
SOME_TIME = datetime(2030, 1, 1, tzinfo=UTC)
Record = DecisionOutcome | BidCounts


def learner_of(learnt: LearntPolicy | None = None, border: int = 0) -> PolicyLearner:
    return PolicyLearner(BOOK, EPOCHS, learnt, border)


def add_all(learner: PolicyLearner, records: Iterable[Record]) -> None:
    for record in records:
        if isinstance(record, BidCounts):
            learner.add_bids(record)
        else:
            learner.add_outcome(record)


def bids_of(day: int, counts: dict[str, dict[int, int]]) -> BidCounts:
    return BidCounts(epoch=from_ms(FIRST + day * DAY_MS), counts=counts)
