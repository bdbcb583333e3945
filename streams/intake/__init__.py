"""Intake: raw events in; pages of validated lines, dead letters and a clock out, in one transaction each time.

Law of this package: what lies between ``source`` and ``publisher`` knows no Kafka client and gets the time as an
argument. What is read since the last commit is either committed with its offsets and its clock, or dropped and read
again.

An event's way: ``loop`` (read, page, send, again), ``source`` (the consumer), ``clock`` (stamps and progress),
``intake`` (message to line or dead letter), ``partition`` and ``paging`` (line to page), ``outgoing_batch`` (records
and offsets of one transaction), ``publisher`` (sends it). Beside it ``process`` (clients and health) and ``metrics``.
"""

from streams.intake.process import run_intake

__all__ = ["run_intake"]
