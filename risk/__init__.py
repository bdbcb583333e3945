"""How likely each customer is to leave, why, and what it would cost.

Law of this package: it is pure. It is handed states, features, settled questions and moments, and gives back
numbers, sentences and models; ``river`` is met nowhere else. It never meets ``sinks``.

In the order of the journey: ``rule`` (answers before anything was learnt), ``model`` (a published model answers),
``learn`` (a River pipeline learns settled questions), ``reasons``, ``value``, ``segment``, ``judge`` (all of it for
one customer), ``alert``, ``records`` (outcomes as what is published), ``quality``, ``schedule``, ``backtest``,
``results``, ``report``.
"""
