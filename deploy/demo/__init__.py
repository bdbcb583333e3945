"""The demo: local servers, every process of the pipeline, and a history that is played through them.

In the order of what happens: ``folder`` (data and logs), ``servers``, ``processes`` under a ``supervisor``, ``sources``
(what is played), ``acted_play`` and ``team`` (a shop whose people act on what is decided), ``arrival`` (until all of it
is in ClickHouse), ``summary`` and ``retention_table`` (what came out), ``stay`` and ``outages`` (a demo that is kept
running). ``run`` is all of it.

Law of this package: it starts what an operator would start and reads what an analyst would read; it has no way of its
own into the pipeline.
"""
