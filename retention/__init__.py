"""From risk to action: what to do for whom, and what doing it brought.

Law of this package: it is pure. It receives scores, decisions, purchases and moments as columns, many customers at a
time, and returns decisions, outcomes, effects and policies; nothing here reads a clock, a file's path, Kafka or
ClickHouse, and it never meets ``sinks``. Chance is a hash of what is decided, or a seed.

``catalogue`` (the playbook: actions, rules, limits), ``decide`` (what to do for a customer at a score), ``outcomes``
(what followed a decision), ``effects`` (what an action brought, with intervals and verdicts), ``learning`` (the policy
of each epoch: evidence on actions, a model of each customer's gain, prices), ``policy`` (the policy in force, what
another one would have brought, and rules learnt from the log).
"""
