"""Treatments: what people do for customers of the simulated shop, and what that changes."""
