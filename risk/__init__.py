"""Risk of leaving of each customer, with reasons and value, and the learning of it.

Law of this package: it is pure. It receives states, features, settled questions and moments, and returns numbers,
sentences and models; ``river`` is imported nowhere else. It never meets ``sinks``.

Each folder may import only those after it: ``evaluation`` (backtest, its results, baselines), ``learning`` (learner,
champion and challengers, recalibration, drift), ``scoring`` (model, reasons, value, segments, alerts), ``estimators``
(online regressions and their arithmetic).
"""
