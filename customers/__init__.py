"""What is known of each customer, and when to look at them again.

Law of this package: it is pure. States come in and go out as values, time is an argument, and nothing here knows
where events come from, how a model answers (that is passed in), or where results go.

In the order in which it happens: ``facts`` (what a line says that matters here), ``fold`` (a fact into the
state), ``settle`` (questions that are due), ``features`` (the state as numbers), ``ask`` (a new question),
``advance`` (all of it, instant by instant, up to the watermark), ``encode`` (the state as bytes).
"""
