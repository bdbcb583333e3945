"""A judge of changed playbooks that needs no database: the real check, and the real estimate on simulated decisions."""

from functools import cache
from threading import Event
from typing import Final

from desk.trials.trial import CheckedPlaybook, PlaybookEstimate, Report
from schemas.errors import RejectedError
from schemas.records.logged_decision import LoggedDecision
from schemas.settings.connections import ClickHouseSettings
from streams.playbook_trial import PlaybookOnTrial, estimate_on
from streams.retention_file import default_text, load_playbook
from tests.retention.logged import as_logged, write_decisions

ONLY_CALLS: Final = (
    default_text().split("[[rules]]")[0]
    + """
[[rules]]
name = "calls"
when = "segment is keep_at_all_costs"
then = ["call"]
"""
)
"""A playbook that would have brought more on the simulated decisions."""

TOO_SLOW: Final = "capacity_per_day = 1234"
"""Text within a playbook whose evaluation is given up."""


class JudgeInMemory:
    """Judge with 4,000 decisions in memory."""

    def check(self, text: str) -> CheckedPlaybook | tuple[str, ...]:
        """Return what a playbook changes, or its faults."""
        return PlaybookOnTrial(load_playbook(), ClickHouseSettings(), 1, 1.0).check(text)

    def evaluate(self, text: str, report: Report, stop: Event) -> PlaybookEstimate:
        """Return what it would have brought."""
        del stop
        if TOO_SLOW in text:
            raise RejectedError("It was given up after 60 seconds")
        report("Evaluates on 4,000 settled decisions.")
        return estimate_on(_logged(), text, load_playbook())


@cache
def _logged() -> list[LoggedDecision]:
    return list(as_logged(sorted(write_decisions(1, 4_000), key=lambda one: one.decision.decided_at)))
