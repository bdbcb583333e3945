"""Decisions that workers would have made in a backtest, and their outcomes, as the records that they publish."""

from collections import Counter
from datetime import datetime
from pathlib import Path

from customers.case import Case
from retention.catalogue.compiled import CompiledPlaybook
from retention.catalogue.playbook import NONE
from retention.learning.policy_learner import PolicyLearner
from retention.policy.deciding import planner_of
from risk.evaluation.backtest import Backtest
from risk.scoring.epochs import Epochs
from schemas.errors import UsageError
from schemas.records.decisions import DecisionOutcome, RetentionDecision
from schemas.records.encode import encode_record
from schemas.settings.risk import RiskSettings
from streams.backtest.files import writing
from streams.retention_file import playbook_of
from streams.settings import Settings


class DecisionRecorder:
    """Decides in a backtest as workers and the learner do, and keeps the records of decisions and of outcomes."""

    def __init__(self, book: CompiledPlaybook) -> None:
        """Start with none.

        Args:
            book: The playbook.
        """
        self._book = book
        self._decisions: list[tuple[datetime, str, bytes]] = []
        self._outcomes: list[tuple[datetime, str, bytes]] = []
        self._decided: Counter[str] = Counter()
        self._held_out: Counter[str] = Counter()

    def backtest(self, settings: Settings, risk: RiskSettings) -> Backtest:
        """Return a backtest that decides; it takes several times as long as one that does not.

        Args:
            settings: All of them.
            risk: Section of the settings, with the backtest's horizon.
        """
        return Backtest(
            risk,
            settings.learner,
            settings.segments,
            settings.money,
            on_scored=self._note,
            planner_of=planner_of(self._book, settings.alerts, risk.margin),
            companion=PolicyLearner(self._book, Epochs.of(risk)),
        )

    def write(self, decisions: Path | None, outcomes: Path | None) -> None:
        """Write the records, one a line: decisions by their time, outcomes by the time at which they were final.

        Args:
            decisions: Where the decisions go; None for nowhere.
            outcomes: Where the outcomes go; None for nowhere.

        Raises:
            UsageError: A file cannot be written.
        """
        for path, records in ((decisions, self._decisions), (outcomes, self._outcomes)):
            if path is not None:
                with writing(path) as opened:
                    opened.writelines(line.decode() + "\n" for _, _, line in sorted(records))

    def tell(self) -> list[str]:
        """Say how often what was decided."""
        version = self._book.playbook.version
        lines = [f"decided {len(self._decisions):,} times by the playbook {version}; {len(self._outcomes):,} outcomes"]
        for action, number in self._decided.most_common():
            held_out = f", {self._held_out[action]:,} of them held out" if action != NONE else ", drawn by chance"
            lines.append(f"  {number:,} {action}{held_out}")
        return lines

    def _note(self, case: Case) -> None:
        for one in case.result.in_order:
            if one.planned.decision is not None:
                self._note_decision(one.planned.decision)
            for outcome in one.planned.outcomes:
                self._note_outcome(outcome)

    def _note_decision(self, decision: RetentionDecision) -> None:
        self._decisions.append((decision.decided_at, decision.decision_id, encode_record(decision)))
        self._decided[decision.action] += 1
        self._held_out[decision.action] += decision.held_out

    def _note_outcome(self, outcome: DecisionOutcome) -> None:
        self._outcomes.append((outcome.settled_at, outcome.decision_id, encode_record(outcome)))


def recorder_of(settings: Settings) -> DecisionRecorder:
    """Return a recorder by the playbook of the settings.

    Args:
        settings: All of them.

    Raises:
        UsageError: Deciding is switched off, or the playbook is not valid.
    """
    book = playbook_of(settings.retention)
    if book is None:
        raise UsageError(
            "retention.enabled is false, so nothing is decided: set it, or leave out the files of decisions"
        )
    return DecisionRecorder(book)
