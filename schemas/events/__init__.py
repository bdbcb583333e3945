"""Events: what upstream publishes, and the way from its bytes to a validated line or a dead letter.

In the order of the journey: ``raw_events`` and ``action_events`` (what is published), ``decode`` (bytes to an event or
a reason), ``interaction`` (the validated line), ``dead_letter`` (what was refused). Beside them ``history`` (files of
events), ``forgetting`` (customers whose events are left out) and ``wish`` (words that ask for no contact).
"""
