"""Forgetting a person: one record in the log, from which everything else follows (docs/decisions/0012-forgetting.md).

``forget`` (the steps), ``forgotten`` (who was forgotten so far), ``dead_letters`` (refused messages that name the
person), ``run`` (the command).
"""
