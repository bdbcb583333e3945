"""Baselines: simpler and more expensive methods on the decisions of a backtest, compared with the online model.

Law of this package: a baseline sees nothing but a ``Past``, which holds only what was known at its moment; the label of
a decision is in it no earlier than a full horizon after the decision.
"""

from risk.evaluation.baselines.comparison import BaselineComparison, MethodQuality, compare

__all__ = ["BaselineComparison", "MethodQuality", "compare"]
