"""Fault injection: kills, pauses and starves every process, then checks that nothing is lost or counted twice.

``python -m bench.chaos --seconds N --seed S --kills K`` starts the servers and the pipeline, publishes events, draws
faults from the seed, waits until all is read, and compares what is there with what was acknowledged. It knows of the
pipeline only what an operator does: commands, topics, tables, metrics; and of the engine only that it is pure.
"""
