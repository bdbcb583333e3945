"""One page about a backtest, with everything in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from risk.evaluation.baselines import BaselineComparison
from risk.evaluation.horizon import HorizonProposal, proposal_text
from risk.evaluation.outlook_results import outlook_quality
from risk.evaluation.quality import PredictionQuality
from risk.evaluation.results import Results
from runtime.pages.templates import page_template
from schemas.moments import text_of_ms
from streams.backtest.report import plots
from streams.backtest.report.comparison import against_baselines, comparison_rows
from streams.backtest.report.figures import gain_of, importance_of, months_of
from streams.backtest.report.outlook_plots import plot_gaps, plot_lift, plot_outlook
from streams.backtest.report.run import Run
from streams.backtest.report.text import findings, holes, outlook_rows, period, strongest


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot on the page.

    Attributes:
        title: What it shows.
        svg: The drawing.
        caption: How to read it.
    """

    title: str
    svg: str
    caption: str


def write_page(
    run: Run, results: Results, proposal: HorizonProposal | None = None, comparison: BaselineComparison | None = None
) -> str:
    """Return the page as HTML that needs no network.

    Args:
        run: The run, in numbers.
        results: Predictions and outcomes.
        proposal: A horizon proposed from the gaps between purchases; None if not asked for.
        comparison: Comparison with other methods; None if not asked for.
    """
    judged = results.since(run.judged_since)
    quality, rule = results.quality(judged), results.quality_by_rule(judged)
    importance = importance_of(results, judged)
    return page_template("streams.backtest", "report").render(
        run=run,
        given=len(results.customer_ids),
        period=period(run),
        judged_since=text_of_ms(run.judged_since)[:10],
        findings=[
            *holes(run),
            *findings(run, results, quality, rule, gain_of(results, judged)),
            *against_baselines(comparison),
        ],
        strongest=strongest(importance),
        quality=quality,
        outlook=outlook_rows(outlook_quality(results.outlook, judged)),
        rule=rule,
        comparison=comparison,
        standings=comparison_rows(comparison),
        everything=results.quality(results.matured),
        plots=[*_plots_over_time(results), *_plots_of(results, judged, quality, importance), *_plots_of_gaps(proposal)],
    )


def _plots_of_gaps(proposal: HorizonProposal | None) -> list[Plot]:
    return (
        [] if proposal is None else [Plot("A horizon for this history", plot_gaps(proposal), proposal_text(proposal))]
    )


def _plots_over_time(results: Results) -> list[Plot]:
    months = months_of(results)
    if not months:
        return []
    return [
        Plot(
            "Ranking by month",
            plots.plot_auc(months),
            "How often a leaver had the higher risk than a stayer, by the month of the decision. Higher is better; "
            "0.5 is chance.",
        ),
        Plot(
            "Log-loss by month",
            plots.plot_log_loss(months),
            "Mean log-loss, by the month of the decision. Lower is better. The base rate line knows each month's true "
            "share of leavers and nothing else.",
        ),
    ]


def _plots_of(
    results: Results, judged: NDArray[np.bool_], quality: PredictionQuality | None, importance: list[tuple[str, float]]
) -> list[Plot]:
    if quality is None:
        return []
    per_bin = quality.bins[0].count
    drawn = [
        Plot(
            "Predicted and observed",
            plots.plot_reliability(quality, results.risk[judged]),
            f"Each point is a tenth of the risks given, about {per_bin:,}; on the dashed line, as many left as "
            "predicted. Below: how often each risk was given.",
        )
    ]
    drawn += _plots_of_gain(results, judged, quality)
    outlook = outlook_quality(results.outlook, judged)
    if outlook is not None:
        drawn.append(
            Plot(
                "Outlook, predicted and observed",
                plot_outlook(outlook.kinds),
                "Buying nothing, less than usual, as usual, more than usual within the horizon, each by tenths.",
            )
        )
    drawn.append(
        Plot(
            "What moves the risks",
            plots.plot_importance(importance),
            "Mean absolute effect of each group of features on the log-odds of leaving. It says what the model "
            "listens to, not what causes leaving.",
        )
    )
    return drawn


def _plots_of_gain(results: Results, judged: NDArray[np.bool_], quality: PredictionQuality) -> list[Plot]:
    gain = gain_of(results, judged)
    if gain is None:
        return []
    return [
        Plot(
            "Leavers reached",
            plots.plot_gain(gain, quality.base_rate),
            "If customers are called from the riskiest down, so large a share of the leavers is among them.",
        ),
        Plot(
            "Lift",
            plot_lift(gain),
            "Among so large a share of the customers, the riskiest, so many times as many leave as by chance.",
        ),
    ]
