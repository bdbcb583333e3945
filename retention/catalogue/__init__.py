"""The playbook: actions with their costs and limits, and rules that say when each may be taken."""
