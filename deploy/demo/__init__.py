"""The demo: local servers, every process of the pipeline, and a history that is played through them.

In the order of what happens: ``processes`` (servers and the pipeline, supervised, until all that was published has
arrived), ``play`` (a history, and a team that acts on what is decided), ``summary`` and ``retention_table`` (what came
out), ``stay`` (a demo that is kept running). ``run`` is all of it.

Law of this package: it starts what an operator would start and reads what an analyst would read; it has no way of its
own into the pipeline.
"""
