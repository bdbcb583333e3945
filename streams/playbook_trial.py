"""Checks and evaluates a changed playbook for the desk, as ``stayline retention check`` and ``evaluate`` do."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event
from typing import Final

from desk.trials.trial import CheckedPlaybook, MoneyEstimate, PlaybookEstimate, Report
from retention.catalogue.changes import changes_between
from retention.catalogue.compiled import CompiledPlaybook, compile_playbook
from retention.catalogue.playbook import Playbook
from retention.catalogue.read import PlaybookError, read_playbook
from retention.catalogue.sentences import sentences_by_kind
from retention.effects.intervals import Estimate
from retention.outcomes.logged import NOT_RECORDED
from retention.policy.evaluation import PlaybookEvaluation, evaluate_playbook
from retention.policy.off_policy import PolicyComparison
from runtime.service.child_process import run_in_child
from schemas.errors import UsageError
from schemas.records.logged_decision import LoggedDecision
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from sinks.queries.logged_decisions import ALL_DECISIONS, logged_decisions

LIMITS: Final = (
    f"Conditions about {' and '.join(NOT_RECORDED)} are not recorded: where the other playbook asks about them, its",
    "choice is known only if the log's own rule says it. It is taken to choose what it expects to bring most beyond",
    "the cost: by its guesses (keeps, brings) as it begins, and corrected by what the outcomes of other customers say",
    "once it has learnt. Its prices of capacity, and whom it would bring up for a decision next, are not in the log.",
)
"""Limits of an evaluation, in lines."""

WHY_UNUSABLE: Final = "those held out for sure, with features of another version, or whose score is gone cannot"
"""Reasons for which a settled decision cannot be used."""


@dataclass(frozen=True, slots=True)
class PlaybookOnTrial:
    """Judge of changed playbooks; see :class:`desk.trials.trial.PlaybookJudge`.

    Attributes:
        decided: Playbook in force.
        clickhouse: Where settled decisions are read.
        decisions: So many at most, the latest ones.
        seconds: An evaluation is given up after this.
    """

    decided: Playbook
    clickhouse: ClickHouseSettings
    decisions: int
    seconds: float

    def check(self, text: str) -> CheckedPlaybook | tuple[str, ...]:
        """Return what a playbook changes, or its faults, a line each."""
        try:
            playbook = read_playbook(text)
        except PlaybookError as error:
            return error.faults
        changes = changes_between(self.decided, playbook)
        return CheckedPlaybook(
            version=playbook.version,
            sentences=sentences_by_kind(playbook),
            added=changes.added,
            removed=changes.removed,
            changed=changes.changed,
        )

    def evaluate(self, text: str, report: Report, stop: Event) -> PlaybookEstimate:
        """Return what a playbook would have brought, computed in a process of its own."""
        return run_in_child(_estimate, report, stop, self.seconds, text, self.decided, self.clickhouse, self.decisions)


def read_settled(clickhouse: ClickHouseSettings, latest: int = ALL_DECISIONS) -> list[LoggedDecision]:
    """Read the settled decisions.

    Args:
        clickhouse: Where they are.
        latest: So many at most, the latest ones.

    Raises:
        UsageError: There are none.
    """
    with open_client(clickhouse) as client:
        logged = logged_decisions(client, latest)
    if not logged:
        raise UsageError(
            f"no decision is settled in {clickhouse.database} at {clickhouse.url}: the first one is after its action's "
            "horizon (horizon_days in the playbook) and the grace; are decisions enabled (retention.enabled)?"
        )
    return logged


def _estimate(
    report: Report, text: str, decided: Playbook, clickhouse: ClickHouseSettings, latest: int
) -> PlaybookEstimate:
    """Read the log and evaluate, in the child."""
    report(f"Reads the latest settled decisions, {latest:,} at most.")
    logged = read_settled(clickhouse, latest)
    report(f"Evaluates on {len(logged):,} settled decisions.")
    return estimate_on(logged, text, decided)


def evaluated(
    logged: Sequence[LoggedDecision], other: CompiledPlaybook, decided: CompiledPlaybook
) -> PlaybookEvaluation:
    """Return what another playbook would have brought on some decisions.

    Args:
        logged: Settled decisions.
        other: The other playbook.
        decided: Playbook that is thought to have decided.

    Raises:
        UsageError: None of the decisions can be used.
    """
    found = evaluate_playbook(logged, other, decided)
    if not found.decisions:
        raise UsageError(
            f"none of {len(logged):,} settled decisions can be used: of {found.unknown:,} the choice cannot be "
            f"reproduced, and {found.left_out:,} say nothing of any playbook: {WHY_UNUSABLE}"
        )
    return found


def estimate_on(logged: Sequence[LoggedDecision], text: str, decided: Playbook) -> PlaybookEstimate:
    """Return what a playbook would have brought on some decisions.

    Args:
        logged: Settled decisions, at least one, in the order of time.
        text: Content of its file.
        decided: Playbook that is thought to have decided.

    Raises:
        PlaybookError: It is not valid.
        UsageError: None of the decisions can be used.
    """
    found = evaluated(logged, compile_playbook(read_playbook(text)), compile_playbook(decided))
    comparison, learnt = found.comparison, found.learnt
    return PlaybookEstimate(
        verdict=comparison.verdict,
        more=comparison.more,
        difference=_difference(comparison),
        learnt_verdict="too_few" if learnt is None else learnt.verdict,
        learnt_difference=_difference(learnt) if learnt is not None and learnt.tells else None,
        other=_money(comparison.value.doubly_robust),
        decided=_money(comparison.other.doubly_robust),
        other_by_weights=_money(comparison.value.self_normalised),
        decided_by_weights=_money(comparison.other.self_normalised),
        effective=comparison.value.effective,
        decisions=found.decisions,
        customers=found.customers,
        since=logged[0].decided_at,
        until=logged[-1].decided_at,
        differs=found.differs,
        left_out=found.left_out + found.unknown,
        limits=" ".join(LIMITS),
    )


def _difference(comparison: PolicyComparison) -> MoneyEstimate:
    within = comparison.difference.always
    return MoneyEstimate(comparison.difference.value, within.low, within.high)


def _money(estimate: Estimate) -> MoneyEstimate:
    return MoneyEstimate(estimate.value, estimate.fixed.low, estimate.fixed.high)
