"""Eligibility for actions: the customer as rules see them, limits of contacts, cooldowns, own rhythm."""
