"""How good the risk is on businesses that differ, and how soon it follows a change: simulated, so that all is known."""
