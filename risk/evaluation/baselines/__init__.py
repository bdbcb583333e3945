"""What simpler and dearer methods would have said in a backtest, beside what the online model said.

Law of this package: a rival is shown nothing but a ``Past``, which holds only what was known at its moment; of a
decision the label is there no earlier than a full horizon after it.
"""

from risk.evaluation.baselines.comparison import BaselineComparison, MethodQuality, compare

__all__ = ["BaselineComparison", "MethodQuality", "compare"]
