"""Scores customers, each by a scorer of its own, in as many calls as there are kinds of models."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from customers.features.features import Features, Matrix
from customers.state import Customer
from risk.estimators.feature_index import Indices
from risk.scoring.model.risk_model import ModelStack
from risk.scoring.outlook_scorer import OutlookScorer, OutlookStack
from risk.scoring.predictor import Predictor
from risk.scoring.scorer import RiskScorer
from schemas.records.score import Score


class _Kind(NamedTuple):
    """Customers whose scorers have the same parts: the rule, a model, or a model with forecasts."""

    rows: Indices
    scorers: list[RiskScorer]
    predictor: Predictor


class ScorerStack:
    """Scores customers, each by a scorer of its own; the scores are those that each scorer alone would give.

    Customers who are read from a backlog are scored at instants of many epochs. A call of each epoch's scorer takes
    longer than the arithmetic.
    """

    def __init__(self, scorers: Sequence[RiskScorer], instants: int = 1) -> None:
        """Put scorers beside each other.

        Args:
            scorers: The scorer of each customer; all have the same settings.
            instants: Number of instants of each customer, whose features are side by side.
        """
        distinct = {id(scorer): scorer for scorer in scorers}
        kinds = {one: (scorer.model is None, scorer.predictor.outlook is None) for one, scorer in distinct.items()}
        rows: defaultdict[tuple[bool, bool], list[int]] = defaultdict(list)
        for row, scorer in enumerate(scorers):
            rows[kinds[id(scorer)]].append(row)
        self._kinds = [_kind(np.array(own), [scorers[row] for row in own], instants) for own in rows.values()]

    def log_odds(self, features: Features) -> Matrix:
        """Return the log-odds of leaving, shape (customers,)."""
        if len(self._kinds) == 1:
            return self._kinds[0].predictor.log_odds(features)
        log_odds = np.empty(features.values.shape[1])
        for kind in self._kinds:
            log_odds[kind.rows] = kind.predictor.log_odds(features.only(kind.rows))
        return log_odds

    def __call__(self, customers: Sequence[Customer], moments: Sequence[int], features: Features) -> list[Score]:
        """Score customers; see :meth:`risk.scoring.scorer.RiskScorer.__call__`."""
        if len(self._kinds) == 1:
            return _score(self._kinds[0], customers, moments, features)
        found: dict[int, Score] = {}
        for kind in self._kinds:
            rows = kind.rows.tolist()
            those = [customers[row] for row in rows], [moments[row] for row in rows], features.only(kind.rows)
            found.update(zip(rows, _score(kind, *those), strict=True))
        return [found[row] for row in range(len(customers))]


def _score(kind: _Kind, customers: Sequence[Customer], moments: Sequence[int], features: Features) -> list[Score]:
    return kind.scorers[0].score_by(kind.predictor, kind.scorers, customers, moments, features)


def _kind(rows: Indices, scorers: list[RiskScorer], instants: int) -> _Kind:
    rows = (rows[:, None] * instants + np.arange(instants)).ravel()
    distinct = list({id(one): one for one in scorers}.values())
    if len(distinct) == 1:
        return _Kind(rows, scorers, distinct[0].predictor)
    index = {id(one): number for number, one in enumerate(distinct)}
    which = np.repeat(np.array([index[id(one)] for one in scorers]), instants)
    models = [scorer.model for scorer in distinct if scorer.model is not None]
    outlooks = [one for one in (scorer.predictor.outlook for scorer in distinct) if isinstance(one, OutlookScorer)]
    model = ModelStack(models, which) if models else None
    return _Kind(rows, scorers, Predictor(model, OutlookStack(outlooks, which) if outlooks else None))
