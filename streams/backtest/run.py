"""The whole method over a file of events, in one process without Kafka."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from time import perf_counter
from typing import Final

import numpy as np
import typer
from pydantic import ValidationError

from risk.evaluation.backtest import Backtest
from risk.evaluation.baselines import BaselineComparison, compare
from risk.evaluation.decision_schedule import AtMoments, AtPurchases, Decision, DecisionSchedule, OnCalendar
from risk.evaluation.horizon import proposal_text, propose_horizon
from risk.evaluation.results import UNKNOWN, Results, collect
from risk.scoring.outlook import KINDS, NOTHING, Bounds
from runtime.service.garbage_collection import collect_rarely
from schemas.errors import UsageError
from schemas.events.history import HistoryError
from schemas.moments import text_of_ms, to_ms
from schemas.settings.risk import RiskSettings
from streams.backtest.deciding import recorder_of
from streams.backtest.files import BacktestFiles, writing
from streams.backtest.report import Run, tell, tell_comparison, write_page
from streams.command.common import progress_bar
from streams.imports.history_source import HistorySource
from streams.imports.reading import Reading
from streams.settings import Settings, load_settings

SCORE_COLUMNS: Final = (
    *("customer_id", "decision_time", "risk", "label"),
    *("less", "usual", "more", "outcome"),
    *("days_early", "days_expected", "days_late", "bought_after_days"),
)
_DECISION_COLUMNS: Final = ("customer_id", "decision_time")
_WORDS: Final = ("purchases", "weekly", "monthly")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The decisions that ``--at`` asks for.

    Attributes:
        schedule: The moments.
        texts: How a file writes them, by time; None for moments that no file gives.
    """

    schedule: DecisionSchedule
    texts: list[str] | None = None


def run_backtest(
    source: HistorySource,
    horizon: float | None,
    at: str,
    files: BacktestFiles,
    *,
    suggests_horizon: bool = False,
    compares: bool = False,
) -> int:
    """Play a history through, write what was asked for, and tell how good the risks would have been.

    Args:
        source: The history.
        horizon: Days; the setting where not given.
        at: ``purchases``, ``weekly``, ``monthly`` or a CSV file.
        files: Where the results go.
        suggests_horizon: Whether a horizon is proposed from the gaps between purchases.
        compares: Whether other methods are judged beside the model.

    Returns:
        Number of rows and events that were refused.

    Raises:
        UsageError: A file or an option cannot be used as it is.
    """
    began = perf_counter()
    settings = load_settings()
    risk = _risk_settings(settings, horizon)
    wanted = _wanted(at)
    files.check()
    recorder = recorder_of(settings) if files.decisions or files.outcomes else None
    backtest = _plain(settings, risk) if recorder is None else recorder.backtest(settings, risk)
    collect_rarely()
    results, reading = _play(backtest, source, settings, risk, wanted.schedule)
    if files.scores is not None:
        _write_scores(files.scores, results, wanted.texts)
    run = Run.of(backtest, risk, at=Path(at).name, refused=reading.refused)
    proposal = propose_horizon(backtest.purchases.times(), backtest.until) if suggests_horizon else None
    comparison = _compare(backtest, run, results) if compares else None
    if recorder is not None:
        recorder.write(files.decisions, files.outcomes)
    if files.report is not None:
        page = write_page(run, results, proposal, comparison)
        with writing(files.report) as opened:
            opened.write(page)
    proposed = [proposal_text(proposal)] if proposal else []
    decided = recorder.tell() if recorder else []
    found = reading.found(risk.horizon_days, tells_holes=False)
    figures = [*tell(run, results), *tell_comparison(comparison), *proposed, *decided]
    typer.echo("\n".join([*found, *figures, *reading.tell_refused()]))
    typer.echo(f"took {perf_counter() - began:.1f} seconds", err=True)
    return reading.all_refused


def _play(
    backtest: Backtest, source: HistorySource, settings: Settings, risk: RiskSettings, schedule: DecisionSchedule
) -> tuple[Results, Reading]:
    with source.open(risk.grace_days) as history, progress_bar("bytes read", history.size) as progress:
        reading = Reading(history, settings.money.rates, settings.intake.max_event_bytes, risk.grace_days, progress)
        try:
            results = collect(backtest.run(reading.interactions(), schedule), backtest.answer, Bounds.of(risk))
        except HistoryError as error:
            raise UsageError(f"{source.name}, {error}") from None
        reading.refuse_reused(backtest.reused)
        progress(history.size or reading.bytes)
    return results, reading


def _plain(settings: Settings, risk: RiskSettings) -> Backtest:
    return Backtest(risk, settings.learner, settings.segments, settings.money)


def _compare(backtest: Backtest, run: Run, results: Results) -> BaselineComparison | None:
    with progress_bar("share of the comparison", 1.0) as progress:
        return compare(results, backtest.purchases.times(), run.horizon_days, run.judged_since, progress)


def _risk_settings(settings: Settings, horizon: float | None) -> RiskSettings:
    if horizon is None:
        return settings.risk
    try:
        return RiskSettings(**{**settings.risk.model_dump(), "horizon_days": horizon})
    except ValidationError as error:
        raise UsageError(f"--horizon is {horizon}: {error.errors()[0]['msg']}") from None


def _wanted(at: str) -> _Wanted:
    if at == "purchases":
        return _Wanted(AtPurchases())
    if at in ("weekly", "monthly"):
        return _Wanted(OnCalendar("week" if at == "weekly" else "month"))
    rows = sorted(_read_decisions(at), key=lambda row: row[0].at)
    return _Wanted(AtMoments(decision for decision, _ in rows), [text for _, text in rows])


def _read_decisions(file: str) -> Iterator[tuple[Decision, str]]:
    """The decisions that a file asks for, each with its time as the file writes it."""
    try:
        with Path(file).open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines, strict=True)
            missing = [column for column in _DECISION_COLUMNS if column not in (rows.fieldnames or ())]
            if missing:
                raise UsageError(f"{file} has no column {missing[0]}; it needs {' and '.join(_DECISION_COLUMNS)}")
            for row in rows:
                yield _read_decision(row, f"{file}, line {rows.line_num}")
    except OSError as error:
        raise UsageError(f"--at is {file}: expected {', '.join(_WORDS)} or a CSV file ({error.strerror})") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is no CSV file in UTF-8: {error}") from None


def _read_decision(row: dict[str, str | None], place: str) -> tuple[Decision, str]:
    customer_id, text = (row[column] for column in _DECISION_COLUMNS)
    if not customer_id:
        raise UsageError(f"{place}: customer_id is empty")
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        raise UsageError(f"{place}: decision_time is {text!r}; expected such as 2026-03-01T09:30:00Z") from None
    return Decision(to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC)), customer_id), text or ""


def _write_scores(path: Path, results: Results, texts: list[str] | None) -> None:
    times = texts or map(text_of_ms, results.at.tolist())
    labels = ("" if label == UNKNOWN else label for label in results.label.tolist())
    outlook = results.outlook
    kinds = ("" if kind == UNKNOWN else KINDS[kind] for kind in outlook.kind.tolist())
    predicted = (row[NOTHING + 1 :] for row in outlook.predicted.tolist())
    after = (_blank_if_unknown(row) for row in np.column_stack((outlook.days, outlook.bought_after_days)).tolist())
    rows = zip(results.customer_ids, times, results.risk.tolist(), labels, predicted, kinds, after, strict=True)
    with writing(path) as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(SCORE_COLUMNS)
        writer.writerows([*row[:4], *row[4], row[5], *row[6]] for row in rows)


def _blank_if_unknown(days: list[float]) -> list[str]:
    return ["" if isnan(number) else f"{number:.3f}" for number in days]
