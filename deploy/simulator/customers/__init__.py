"""Customers of the simulated shop: who they are, when they buy, when and why they leave."""
