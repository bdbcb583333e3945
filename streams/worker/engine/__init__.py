"""Folds pages into customers and turns what is due into records; knows no Kafka client."""
