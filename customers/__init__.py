"""State of each customer, and the times at which to look at it again.

Law of this package: it is pure. States come in and go out as values, time is an argument, and nothing here knows the
source of events, the model (a scorer is passed in) or the destination of results.

In the order of the steps: ``facts`` (an interaction reduced to what matters), ``fold`` (facts into the state),
``settle`` (due questions), ``features`` (the state as numbers), ``ask`` (a new question), ``advance`` (all steps,
instant by instant, up to the watermark), ``encode`` (the state as bytes).
"""
