"""Who may get which action, and when: the customer as rules see them, limits of contacts, cooldowns, own rhythm."""
