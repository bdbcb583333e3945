"""The action for a customer: what each may bring, the price of its capacity, and the probability of choosing it."""
