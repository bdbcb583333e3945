"""A changed playbook on trial: what it changes, and what it would have brought."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Literal, Protocol

Comparison = Literal["better", "worse", "cannot_tell", "too_few", "no_support"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPlaybook:
    """A playbook that is valid, beside the one in force.

    Attributes:
        version: Its version.
        sentences: The whole of it in words: its rules, actions and limits, a sentence each.
        added: Actions and rules that the one in force has not, a sentence each.
        removed: Those that only the one in force has.
        changed: What differs otherwise.
    """

    version: str
    sentences: Mapping[str, Sequence[str]]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def changes_nothing(self) -> bool:
        """Return True if it says the same as the one in force."""
        return not (self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True)
class MoneyEstimate:
    """Estimated margin less cost a decision, reporting currency.

    Attributes:
        value: The estimate.
        low: Lower end of a 95 % interval.
        high: Upper end.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookEstimate:
    """Estimate of what a playbook would have brought, beside what was decided.

    Attributes:
        verdict: Verdict on it, by the always-valid interval of the difference.
        more: About how many more decisions are needed for a verdict; 0 where there is one.
        difference: Of the two, with its always-valid interval.
        learnt_verdict: Verdict on what it would do once it has learnt from as many outcomes.
        learnt_difference: Difference then, with its always-valid interval; None where the log says too little.
        other: By doubly robust scores, for one look.
        decided: The same of what was decided.
        other_by_weights: By self-normalised inverse propensity scores, for one look.
        decided_by_weights: The same of what was decided.
        effective: Number of decisions that would be worth as much if all agreed with it.
        decisions: Number of decisions that it rests on.
        customers: Number of their customers.
        since: The first of the decisions that were read, UTC.
        until: The last one, UTC.
        differs: Share of decisions on which it would have done something else than was most likely.
        left_out: Number of decisions that say nothing, or for which its choice cannot be reproduced.
        limits: Limits of the estimate, in words.
    """

    verdict: Comparison
    more: int
    difference: MoneyEstimate
    learnt_verdict: Comparison
    learnt_difference: MoneyEstimate | None
    other: MoneyEstimate
    decided: MoneyEstimate
    other_by_weights: MoneyEstimate
    decided_by_weights: MoneyEstimate
    effective: float
    decisions: int
    customers: int
    since: datetime
    until: datetime
    differs: float
    left_out: int
    limits: str

    @property
    def tells(self) -> bool:
        """Return True if the figures mean something: there is support, and there are enough outcomes."""
        return self.verdict not in {"too_few", "no_support"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookTrial:
    """A playbook on trial, as it stands now.

    Attributes:
        trial_id: Its id.
        by: Who tries it.
        begun_at: When, UTC.
        checked: What it changes.
        progress: What the evaluation is at, in words.
        estimate: What came out; None as long as nothing has.
        trouble: Why nothing will; empty otherwise.
    """

    trial_id: str
    by: str
    begun_at: datetime
    checked: CheckedPlaybook
    progress: str
    estimate: PlaybookEstimate | None = None
    trouble: str = ""

    @property
    def is_over(self) -> bool:
        """Return True once nothing more is to come."""
        return self.estimate is not None or bool(self.trouble)


Report = Callable[[str], None]
"""Takes what an evaluation is at, in words."""


class PlaybookJudge(Protocol):
    """Checks and evaluates playbooks; the process brings it, since pages know no model."""

    def check(self, text: str) -> CheckedPlaybook | tuple[str, ...]:
        """Return what a playbook changes, or its faults, a line each.

        Args:
            text: Content of the file.
        """

    def evaluate(self, text: str, report: Report, stop: Event) -> PlaybookEstimate:
        """Return what a playbook would have brought; it takes seconds, and ends by itself after a while.

        Args:
            text: Content of the file, which is valid.
            report: Takes the progress.
            stop: Set when the process must end.

        Raises:
            StaylineError: It cannot be told; the message says why.
        """
