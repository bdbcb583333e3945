"""The demo: local servers, every process of the pipeline, and a history that is played through them.

In the order of what happens: ``folder`` (data and logs), ``servers``, ``processes`` under a ``supervisor``, ``sources``
(what is played), ``arrival`` (until everything is in ClickHouse), ``summary`` (what came out), ``stay`` and ``outages``
(a demo that is kept running). ``run`` is all of it.

Law of this package: it starts what an operator would start and reads what an analyst would read; it has no way of its
own into the pipeline.
"""
