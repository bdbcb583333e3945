"""The worker: Faust moves the pages, a pure engine folds them, and one Kafka transaction makes each fold happen once.

Law of this package:

* What a page changes (customers, scores, examples, alerts) and the page's own offset are committed together or not at
  all. Nothing else commits an offset.
* The local store is written after the commit, never ahead of it.
* The engine is reached only through :mod:`streams.worker.engine.protocols`, and knows neither Kafka nor Faust.
* A process that is not sure to own its partitions any more ends; a restart continues from the last commit.
"""
