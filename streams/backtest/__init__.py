"""``stayline backtest``: the whole method over a file of events, in one process without Kafka."""
