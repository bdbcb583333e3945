"""Purchases in the simulated shop, and the returns and contacts that follow them."""
