"""What people are told of a decision: notices of its life, news of the customer, the channel, a day's capacity."""
