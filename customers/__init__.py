"""State of each customer, and the times at which to look at it again.

Law of this package: it is pure. States come in and go out as values, time is an argument, and nothing here knows the
source of events, the model (a scorer is passed in) or the destination of results.

In the order of the steps: ``facts`` (an interaction reduced to what matters), ``fold`` (facts into the ``state``),
``features`` (the state as numbers), ``questions`` (asked and settled), ``reviews`` (when to look next, and alerts),
``advance`` (all steps, instant by instant, up to the watermark), ``encoding`` (the state as bytes). ``policy`` has the
settings of all of it, and ``feed`` watches whole feeds for holes in which nobody was heard.
"""
