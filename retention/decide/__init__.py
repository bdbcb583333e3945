"""Decisions: what to do for a customer at a score, if anything, drawn so that what it brings can be learnt.

A customer's decisions follow from the state, the score, the playbook and the policy of the epoch alone, whatever the
batch. In the order of the steps: ``memory`` (what people did and thought, folded into the state; the end of a decision
that stands), ``eligibility`` (customers as columns, and who may get what), ``choice`` (what each action may bring, and
its probability), ``telling`` (what changed, on which channel, and the notices of a decision's life), ``decide`` (all of
it), ``planner`` (with looks and outcomes). ``chance`` has every draw as a hash; ``policy_state`` is what the learner
published.
"""
