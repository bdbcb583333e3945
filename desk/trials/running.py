"""Runs trials one after the other on a thread of its own, and keeps the latest."""

import logging
from collections import OrderedDict
from dataclasses import replace
from datetime import datetime
from secrets import token_urlsafe
from threading import Event, Lock, Thread
from typing import Final

from desk.trials.trial import CheckedPlaybook, PlaybookEstimate, PlaybookJudge, PlaybookTrial
from schemas.errors import RejectedError, StaylineError

_LOG: Final = logging.getLogger(__name__)
_KEPT: Final = 50
_MOST_AT_ONCE: Final = 8
_ID_BYTES: Final = 16


class PlaybookTrials:
    """Trials of changed playbooks; they are gone with the process, and nothing of them is written anywhere."""

    def __init__(self, judge: PlaybookJudge, stop: Event) -> None:
        """Start empty.

        Args:
            judge: Checks and evaluates.
            stop: Set when the process must end.
        """
        self._judge, self._stop = judge, stop
        self._lock = Lock()
        self._trials: OrderedDict[str, PlaybookTrial] = OrderedDict()
        self._waiting: list[tuple[str, str]] = []
        self._is_running = False

    def check(self, text: str) -> CheckedPlaybook | tuple[str, ...]:
        """Return what a playbook changes, or its faults, a line each."""
        return self._judge.check(text)

    def begin(self, text: str, checked: CheckedPlaybook, by: str, now: datetime) -> PlaybookTrial:
        """Begin the evaluation of a playbook.

        Args:
            text: Content of the file.
            checked: What it changes.
            by: Who tries it.
            now: Present time, UTC.

        Raises:
            RejectedError: Too many wait already.
        """
        trial = PlaybookTrial(
            trial_id=token_urlsafe(_ID_BYTES), by=by, begun_at=now, checked=checked, progress="Waits for its turn."
        )
        with self._lock:
            if len(self._waiting) >= _MOST_AT_ONCE:
                raise RejectedError(f"{_MOST_AT_ONCE} playbooks wait for their evaluation already. Try again later.")
            self._trials[trial.trial_id] = trial
            while len(self._trials) > _KEPT:
                self._trials.popitem(last=False)
            self._waiting.append((trial.trial_id, text))
            if not self._is_running:
                self._is_running = True
                Thread(target=self._run, name="playbook trials", daemon=True).start()
        return trial

    def find(self, trial_id: str, by: str) -> PlaybookTrial | None:
        """Return a trial as it stands, or None if there is none, or it is somebody else's."""
        with self._lock:
            trial = self._trials.get(trial_id)
        return trial if trial is not None and trial.by == by else None

    def _run(self) -> None:
        """Evaluate what waits until nothing does."""
        while True:
            with self._lock:
                if not self._waiting or self._stop.is_set():
                    self._is_running = False
                    return
                trial_id, text = self._waiting.pop(0)
            self._evaluate(trial_id, text)

    def _evaluate(self, trial_id: str, text: str) -> None:
        try:
            estimate = self._judge.evaluate(text, lambda words: self._put(trial_id, progress=words), self._stop)
        except (StaylineError, OSError) as error:
            _LOG.warning("a changed playbook could not be evaluated: %s", error)
            self._put(trial_id, trouble=str(error))
        else:
            self._put(trial_id, estimate=estimate)

    def _put(
        self, trial_id: str, *, progress: str = "", estimate: PlaybookEstimate | None = None, trouble: str = ""
    ) -> None:
        with self._lock:
            if trial := self._trials.get(trial_id):
                self._trials[trial_id] = replace(trial, progress=progress, estimate=estimate, trouble=trouble)
