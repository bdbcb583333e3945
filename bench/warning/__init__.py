"""How soon an alert comes, how many leavers it reaches, and what it costs in looks and in false alerts."""
