"""Trials of changed playbooks: one after the other, for the person who began them, and for a while."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event

import pytest

from desk.trials.running import PlaybookTrials
from desk.trials.trial import CheckedPlaybook, PlaybookEstimate, PlaybookTrial, Report
from schemas.errors import RejectedError, ServerUnreachableError
from tests.kit.waiting import wait_until

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CHECKED = CheckedPlaybook(version="v", sentences={}, added=(), removed=(), changed=())


class Judge:
    """Waits before each evaluation until it may go on, and finds ClickHouse away."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.go_on = Event()

    def check(self, text: str) -> CheckedPlaybook | tuple[str, ...]:
        """Every playbook is valid."""
        del text
        return CHECKED

    def evaluate(self, text: str, report: Report, stop: Event) -> PlaybookEstimate:
        """Nothing comes out."""
        del stop
        self.seen.append(text)
        report("Evaluates.")
        self.go_on.wait()
        raise ServerUnreachableError("ClickHouse does not answer")


def _begun(trials: PlaybookTrials) -> Callable[[str], PlaybookTrial]:
    return lambda text: trials.begin(text, CHECKED, "leo", NOW)


def test_one_is_evaluated_at_a_time_and_the_others_wait() -> None:
    judge = Judge()
    trials = PlaybookTrials(judge, Event())
    begun = [_begun(trials)(f"text {n}") for n in range(3)]
    wait_until(lambda: judge.seen == ["text 0"])
    last = trials.find(begun[2].trial_id, "leo")
    assert last is not None
    assert last.progress == "Waits for its turn."
    judge.go_on.set()
    wait_until(lambda: all(_over(trials, one.trial_id) for one in begun))
    assert judge.seen == ["text 0", "text 1", "text 2"]
    again = _begun(trials)("text 3")
    wait_until(lambda: _over(trials, again.trial_id))


def _over(trials: PlaybookTrials, trial_id: str) -> bool:
    trial = trials.find(trial_id, "leo")
    return trial is not None and trial.trouble == "ClickHouse does not answer"


def test_nobody_else_sees_a_trial() -> None:
    judge = Judge()
    trials = PlaybookTrials(judge, Event())
    trial = _begun(trials)("text")
    assert trials.find(trial.trial_id, "ida") is None
    assert trials.find("guess", "leo") is None
    judge.go_on.set()


def test_too_many_at_once_are_refused() -> None:
    judge = Judge()
    trials = PlaybookTrials(judge, Event())
    _begun(trials)("first")
    wait_until(lambda: judge.seen == ["first"])
    for n in range(8):
        _begun(trials)(f"text {n}")
    with pytest.raises(RejectedError, match="8 playbooks wait"):
        _begun(trials)("one too many")
    judge.go_on.set()


def test_the_oldest_are_forgotten() -> None:
    judge = Judge()
    judge.go_on.set()
    trials = PlaybookTrials(judge, Event())
    begun = []
    for n in range(51):
        begun.append(_begun(trials)(f"text {n}"))
        wait_until(lambda: _over(trials, begun[-1].trial_id))
    assert trials.find(begun[0].trial_id, "leo") is None
    assert trials.find(begun[1].trial_id, "leo") is not None
