"""Forgetting a person: one record in the log, from which everything else follows (docs/decisions/0012-forgetting.md).

In the order of what happens: ``read`` (who was forgotten so far), ``log`` (what is written), ``letters`` (refused
messages that name the person), ``forget`` (the steps).
"""
