"""Policy tree of depth two: the three questions that split customers into four groups, each with its best action.

The search is exact over the thresholds offered: every pair of features and thresholds is tried, on doubly robust scores
less cost (Athey and Wager, "Policy learning with observational data", Econometrica 2021; Zhou, Athey and Wager,
"Offline multi-action policy learning", Operations Research 2023). A table of running sums for two features gives the
sums of all quarters that their thresholds make, so it takes seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from retention.outcomes.columns import Flags, Integers, Matrix, Vector

THRESHOLDS: Final = 15
"""Thresholds offered for each feature: quantiles; of words, one for each word."""

FEWEST_IN_A_LEAF: Final = 100
"""Number of decisions in the half that chooses, below which a group is no group."""

_NEVER: Final = -np.inf


@dataclass(frozen=True, slots=True)
class Split:
    """Question that sends a decision left where a feature is at most a threshold, and right where it is above.

    Attributes:
        feature: Index of the feature.
        threshold: In the feature's own unit.
    """

    feature: int
    threshold: float

    def goes_right(self, features: Matrix) -> Flags:
        """Return which decisions are above the threshold, shape (decisions,)."""
        above: Flags = features[:, self.feature] > self.threshold
        return above


@dataclass(frozen=True, slots=True)
class PolicyTree:
    """Splits and the actions of the groups that they make.

    Attributes:
        first: The first question; None where one action is best for everyone.
        then: The questions to those on its left and on its right; None where a side is not split further.
        actions: Action of each group: left of left, right of left, left of right, right of right.
    """

    first: Split | None
    then: tuple[Split | None, Split | None]
    actions: tuple[int, int, int, int]

    def group(self, features: Matrix) -> Integers:
        """Return the group of each decision, from 0 to 3, shape (decisions,)."""
        nobody = np.zeros(len(features), dtype=np.bool_)
        right = self.first.goes_right(features) if self.first else nobody
        left_side, right_side = (split.goes_right(features) if split else nobody for split in self.then)
        return 2 * right.astype(np.int64) + np.where(right, right_side, left_side)

    def decide(self, features: Matrix) -> Integers:
        """Return the index of the action for each decision, shape (decisions,)."""
        return np.array(self.actions)[self.group(features)]


@dataclass(frozen=True, slots=True)
class _Side:
    """Best treatment of one side of a first split: a question, the actions of its two parts, and their total score."""

    total: float
    split: Split | None
    actions: tuple[int, int]


def learn_tree(features: Matrix, scores: Matrix, fewest: int = FEWEST_IN_A_LEAF) -> PolicyTree:
    """Find the tree of depth two with the highest total score.

    Args:
        features: Numbers known before the decision, shape (decisions, features).
        scores: Doubly robust score of each action less its cost, shape (decisions, actions).
        fewest: Fewest decisions in a group.
    """
    edges = [_edges(column) for column in features.T]
    bins = np.column_stack(
        [np.searchsorted(edge, column, side="left") for edge, column in zip(edges, features.T, strict=True)]
    )
    totals = scores.sum(axis=0)
    best, best_total = _single(int(totals.argmax())), float(totals.max())
    for feature, edge in enumerate(edges):
        if len(edge):
            lefts, rights = _best_sides(feature, bins, edges, scores, fewest)
            for place, (left, right) in enumerate(zip(lefts, rights, strict=True)):
                if left.total + right.total > best_total + 1e-9 * abs(best_total):
                    best_total = left.total + right.total
                    first = Split(feature, float(edge[place]))
                    best = PolicyTree(first, (left.split, right.split), (*left.actions, *right.actions))
    return best


def _single(action: int) -> PolicyTree:
    return PolicyTree(None, (None, None), (action, action, action, action))


def _edges(column: Vector) -> Vector:
    """Return thresholds: all values but the greatest where there are few, else quantiles."""
    values = np.unique(column)
    if len(values) > THRESHOLDS + 1:
        inner = np.arange(1, THRESHOLDS + 1) / (THRESHOLDS + 1)
        return _written(np.quantile(column, inner, method="inverted_cdf"))
    return _written(values[:-1])


def _written(thresholds: Vector) -> Vector:
    """Return thresholds with three digits, so that the tree that is printed is the one that was evaluated."""
    return np.unique([float(f"{threshold:.3g}") for threshold in thresholds])


def _best_sides(
    feature: int, bins: Integers, edges: Sequence[Vector], scores: Matrix, fewest: int
) -> tuple[list[_Side], list[_Side]]:
    """Return the best left side and the best right side for every threshold of a first feature."""
    lefts, rights = _unsplit(feature, bins, len(edges[feature]), scores, fewest)
    for second, edge in enumerate(edges):
        if len(edge):
            sums = _running_sums(bins[:, feature], bins[:, second], (len(edges[feature]), len(edge)), scores)
            whole = sums[-1]
            for place in range(len(edges[feature])):
                lefts[place] = _better(lefts[place], sums[place], second, edge, fewest)
                rights[place] = _better(rights[place], whole - sums[place], second, edge, fewest)
    return lefts, rights


def _running_sums(first: Integers, second: Integers, edges: tuple[int, int], scores: Matrix) -> Matrix:
    """Return sums of scores and counts below each pair of thresholds, shape (edges + 1, edges + 1, actions + 1)."""
    rows, columns = edges[0] + 1, edges[1] + 1
    cell = first * columns + second
    weighed = [*scores.T, np.ones(len(scores))]
    table = np.stack([np.bincount(cell, weights=values, minlength=rows * columns) for values in weighed], axis=-1)
    sums: Matrix = table.reshape(rows, columns, -1).cumsum(axis=0).cumsum(axis=1)
    return sums


def _unsplit(feature: int, bins: Integers, edges: int, scores: Matrix, fewest: int) -> tuple[list[_Side], list[_Side]]:
    """Return both sides of every threshold with one action each."""
    sums = _running_sums(bins[:, feature], np.zeros(len(bins), dtype=np.int64), (edges, 0), scores)[:, 0]
    return [_whole(one, fewest) for one in sums[:-1]], [_whole(sums[-1] - one, fewest) for one in sums[:-1]]


def _whole(sums: Vector, fewest: int) -> _Side:
    action = int(sums[:-1].argmax())
    return _Side(float(sums[action]) if sums[-1] >= fewest else _NEVER, None, (action, action))


def _better(side: _Side, below: Matrix, second: int, edge: Vector, fewest: int) -> _Side:
    """Return a side split by a second feature, if that is better than what is known.

    Args:
        side: Best so far.
        below: Sums and counts up to each threshold of the second feature within the side, (edges + 1, actions + 1).
        second: The feature.
        edge: Its thresholds.
        fewest: Fewest decisions in a group.
    """
    left, right = below[:-1], below[-1] - below[:-1]
    total = left[:, :-1].max(axis=1) + right[:, :-1].max(axis=1)
    total = np.where((left[:, -1] >= fewest) & (right[:, -1] >= fewest), total, _NEVER)
    place = int(total.argmax())
    if not total[place] > side.total + 1e-9 * abs(side.total):
        return side
    actions = int(left[place, :-1].argmax()), int(right[place, :-1].argmax())
    return _Side(float(total[place]), Split(second, float(edge[place])), actions)
