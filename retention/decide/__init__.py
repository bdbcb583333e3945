"""Decisions: what to do for a customer at a score, if anything, drawn so that what it brings can be learnt.

A customer's decisions follow from the state, the score, the playbook and the policy of the epoch alone, whatever the
batch. In the order of the steps: ``fold`` (what people did and thought, into the state), ``ending`` (of a decision that
stands), ``situation`` (customers as columns), ``eligibility`` (who may get what), ``gains`` (what it may bring),
``propensity`` (the probability of each action), ``draw`` (chance as a hash), ``timing``, ``what_changed``, ``decide``
(all of it); beside them ``prices`` and ``capacity``.
"""
