"""The contract: what may travel on every topic, and how it is written down.

Law of this package: it is pure. It knows no broker, no database, no framework, no clock and no
environment; time comes in as an argument. Everything else may import it, and it imports nothing of ours.

What is here, in the order of the journey: ``events`` (what upstream publishes), ``decode`` (bytes to an event or
a reason), ``interaction`` (the validated line), ``pages`` (lines travelling together, with their watermark),
``records`` (what the worker writes), ``model`` (what the learner writes), ``dead_letter`` (what was refused),
``settings``. Beside them what several packages need and none of them owns: ``errors``, ``moments``, ``trace``.
"""
