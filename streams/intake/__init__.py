"""Intake: raw events in; pages of validated lines, dead letters and a clock out, in one transaction each time.

Law of this package: what is between ``source`` and ``outlet`` knows no Kafka client and gets the time as an argument.
What is read since the last commit is either committed with its offsets and its clock, or forgotten and read again.

In the order of the journey: ``source`` (the consumer), ``clock`` (stamps and readings), ``intake`` (message to line
or dead letter), ``partition`` and ``paging`` (line to page), ``shipment`` (what leaves together), ``outlet`` (the
transaction), ``run`` (the loop), ``metrics``.
"""

from streams.intake.process import run_intake

__all__ = ["run_intake"]
