"""The policy tree is the best one, and what it says of itself is honest."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.outcomes.columns import Flags, Matrix
from retention.policy.tree import learn_tree
from tests.kit.suite.cases import cases


def _best_by_trying_all(features: Matrix, scores: Matrix, fewest: int) -> float:
    def splits(rows: Flags) -> list[float]:
        whole = [float(scores[rows].sum(axis=0).max())] if rows.sum() >= fewest else []
        for feature, threshold in product(range(features.shape[1]), np.unique(features)):
            left, right = rows & (features[:, feature] <= threshold), rows & (features[:, feature] > threshold)
            if min(left.sum(), right.sum()) >= fewest:
                whole.append(float(scores[left].sum(axis=0).max() + scores[right].sum(axis=0).max()))
        return whole

    everyone = np.ones(len(scores), dtype=np.bool_)
    totals = [float(scores.sum(axis=0).max())]
    for feature, threshold in product(range(features.shape[1]), np.unique(features)):
        right = features[:, feature] > threshold
        sides = splits(everyone & ~right), splits(everyone & right)
        if all(sides):
            totals.append(max(sides[0]) + max(sides[1]))
    return max(totals)


@settings(max_examples=cases(60, usual=30))
@given(st.integers(0, 2**31), st.integers(1, 6))
def test_no_tree_of_depth_two_is_better(seed: int, fewest: int) -> None:
    random = np.random.default_rng(seed)
    features, scores = random.integers(0, 5, (30, 3)).astype(np.float64), random.normal(size=(30, 3))

    tree = learn_tree(features, scores, fewest)

    total = scores[np.arange(30), tree.decide(features)].sum()
    assert total == pytest.approx(_best_by_trying_all(features, scores, fewest))


@given(st.permutations(range(24)))
def test_the_order_of_decisions_changes_no_tree(order: list[int]) -> None:
    random = np.random.default_rng(2)
    features, scores = (
        random.integers(0, 4, (24, 2)).astype(np.float64),
        random.integers(-9, 9, (24, 3)).astype(np.float64),
    )

    assert learn_tree(features, scores, 2) == learn_tree(features[order], scores[order], 2)


def test_one_action_for_everyone_needs_no_question() -> None:
    tree = learn_tree(np.arange(50.0)[:, None], np.column_stack([np.zeros(50), np.full(50, 2.0)]), 5)

    assert tree.first is None
    assert set(tree.decide(np.arange(50.0)[:, None])) == {1}
