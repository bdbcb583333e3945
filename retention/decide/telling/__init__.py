"""News of a decision for people: notices of its life, news of the customer, the channel, a day's capacity."""
