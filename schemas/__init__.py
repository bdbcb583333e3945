"""The contract: what may travel on every topic, and how it is written down.

Law of this package: it is pure. It knows no broker, no database, no framework, no clock and no
environment; time comes in as an argument. Everything else may import it, and it imports nothing of ours.

In the order of the journey: ``events`` (what upstream publishes, decoded to validated lines or refused), ``pages``
(lines travelling together, with their watermark), ``records`` (what the worker and the learner write), ``contract``
(all of it as JSON Schema and AsyncAPI). ``topics`` names where each travels, ``settings`` declares every setting, and
beside them stands what several packages need and none of them owns: ``errors``, ``moments``, ``trace``.
"""
