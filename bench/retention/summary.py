"""Figures over all seeds, and whether they are what was asked for."""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import Final

import numpy as np

from bench.result import Bar, ResultTable
from bench.retention.estimates.judged import BASELINE
from bench.retention.estimates.looks import LookedAt
from bench.retention.seed import SeedResult
from bench.retention.simulated.shop import ACTIONS
from retention.effects.intervals import decisions_needed
from retention.outcomes.columns import Vector
from schemas.records.verdict import roughly

ORDER: Final = ("learnt", "rules", "by risk", "at random", "nothing")
"""Policies from the one that should bring most to the one that brings least."""


def margins_table(results: Sequence[SeedResult]) -> ResultTable:
    """Return what each policy brought beyond nothing."""
    rows = []
    for name in sorted(results[0].margins, key=lambda one: -float(_beyond(results, one, "nothing").mean())):
        low, high = _interval(_beyond(results, name, "nothing"))
        rows.append([name, f"{(low + high) / 2:+.2f}", f"{low:+.2f} to {high:+.2f}"])
    return ResultTable(["policy", "margin a customer and year beyond nothing", "95 %"], rows)


def effects_table(results: Sequence[SeedResult]) -> ResultTable:
    """Return how often the intervals of each action's effect held the truth, and the verdicts at the end."""
    rows = []
    for place, action in enumerate(ACTIONS[1:]):
        final = [result.final[place] for result in results]
        rows.append(
            [
                action,
                f"{np.mean([one.truth for one in final]):+.2f}",
                f"{np.mean([one.estimate.value for one in final]):+.2f}",
                f"{held_at_the_end(results, place + 1):.0%}",
                f"{held_always(results, place + 1):.0%}",
                _verdicts(final),
            ]
        )
    return ResultTable(
        ["action", "truth", "estimate", "95 % interval holds", "always-valid at all looks", "verdict"], rows
    )


def _verdicts(final: Sequence[LookedAt]) -> str:
    """Return how often each verdict was given, and how many more decisions it takes where none was."""
    verdicts = [one.verdict for one in final]
    counts = ", ".join(f"{verdicts.count(name)} {name.replace('_', ' ')}" for name in dict.fromkeys(verdicts))
    undecided = [decisions_needed(one.estimate) for one in final if one.verdict == "cannot_tell"]
    return f"{counts} ({roughly(round(float(np.median(undecided))))} more)" if undecided else counts


def policies_table(results: Sequence[SeedResult]) -> ResultTable:
    """Return the policies as the log judges them, beside the truth."""
    rows = []
    for place, first in enumerate(results[0].judged):
        judged = [result.judged[place] for result in results]
        undecided = [one.more for one in judged if one.verdict == "cannot_tell" and first.name != BASELINE]
        rows.append(
            [
                first.name,
                f"{np.mean([one.truth for one in judged]):.2f}",
                f"{np.mean([one.estimate.value for one in judged]):.2f}",
                f"{np.mean([one.estimate.fixed.contains(one.truth) for one in judged]):.0%}",
                f"{np.mean([one.is_right for one in judged]):.0%}" if first.name != BASELINE else "",
                f"{len(undecided)} ({roughly(round(float(np.median(undecided))))})" if undecided else "0",
            ]
        )
    headings = ["policy", "truth a decision", "estimate", "95 % holds", f"right against {BASELINE}"]
    return ResultTable([*headings, "cannot tell (median of decisions needed)"], rows)


def depths_table(results: Sequence[SeedResult]) -> ResultTable:
    """Return the gain of offers for every thousand customers, at each depth of each ranking: estimate, and truth."""
    rankings = list(dict.fromkeys(one.ranking for one in results[0].depths))
    depths = list(dict.fromkeys(one.depth for one in results[0].depths))
    mean = {
        (first.ranking, first.depth): np.mean(
            [(result.depths[place].estimate.value, result.depths[place].truth) for result in results], axis=0
        )
        for place, first in enumerate(results[0].depths)
    }
    rows = [
        [f"{depth:.0%}", *(f"{mean[name, depth][0]:+,.0f} ({mean[name, depth][1]:+,.0f})" for name in rankings)]
        for depth in depths
    ]
    return ResultTable(["offers to", *(f"by {name}" if name != "random" else "at random" for name in rankings)], rows)


def bars(results: Sequence[SeedResult]) -> Iterator[Bar]:
    """Yield the figures that are asked for."""
    for action in range(1, len(ACTIONS)):
        share = 100 * held_at_the_end(results, action)
        yield Bar(
            f"{ACTIONS[action]}: 95 % interval holds the truth", "90 to 99 of 100", f"{share:.0f}", 90 <= share <= 99
        )
        always = 100 * held_always(results, action)
        yield Bar.at_least(f"{ACTIONS[action]}: always-valid interval holds it at all looks, of 100", 95, always)
    for better, worse in pairwise(ORDER):
        low, high = _interval(_beyond(results, better, worse))
        yield Bar(f"{better} brings more than {worse}", "above 0", f"{low:+.2f} to {high:+.2f}", low > 0.0)
    off = 100 * np.mean([result.harmful_off is not None for result in results])
    yield Bar.at_least("the harmful action is off within the year, of 100", 95, float(off))
    right = 100 * np.mean([all(one.is_right for one in result.judged) for result in results])
    yield Bar.at_least("all verdicts of the evaluation are right or cannot tell, of 100", 95, float(right))
    truth, estimate = _mean_values(results)
    same = bool((np.argsort(truth) == np.argsort(estimate)).all())
    yield Bar(
        "off-policy estimates rank the policies as the truth does", "same order", "same" if same else "other", same
    )


def ranked_pairs(results: Sequence[SeedResult]) -> tuple[float, float]:
    """Return the share of pairs of policies that single seeds rank right, and of those whose intervals differ."""
    pairs, told = [], []
    for result in results:
        for one, other in combinations(result.judged, 2):
            is_right = (one.estimate.value > other.estimate.value) == (one.truth > other.truth)
            pairs.append(is_right)
            apart = abs(one.estimate.value - other.estimate.value)
            if apart > 1.96 * np.hypot(one.estimate.error, other.estimate.error):
                told.append(is_right)
    return float(np.mean(pairs)), float(np.mean(told)) if told else 1.0


def held_at_the_end(results: Sequence[SeedResult], action: int) -> float:
    """Return the share of seeds whose fixed-sample interval holds the truth at the end of the year."""
    final = [result.final[action - 1] for result in results]
    return float(np.mean([one.estimate.fixed.contains(one.truth) for one in final]))


def held_always(results: Sequence[SeedResult], action: int) -> float:
    """Return the share of seeds whose always-valid interval holds the truth at every look."""
    return float(
        np.mean(
            [
                all(one.estimate.always.contains(one.truth) for one in result.looks if one.action == action)
                for result in results
            ]
        )
    )


def _mean_values(results: Sequence[SeedResult]) -> tuple[Vector, Vector]:
    values = [[(one.truth, one.estimate.value) for one in result.judged] for result in results]
    truth, estimate = np.array(values).mean(axis=0).T
    return truth, estimate


def _beyond(results: Sequence[SeedResult], policy: str, other: str) -> Vector:
    return np.array([result.margins[policy] - result.margins[other] for result in results])


def _interval(differences: Vector) -> tuple[float, float]:
    mean = float(differences.mean())
    error = float(differences.std(ddof=1)) / np.sqrt(len(differences)) if len(differences) > 1 else float("inf")
    return mean - 1.96 * error, mean + 1.96 * error
