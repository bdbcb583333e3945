"""Writes of the desk: what a person did becomes an event, and is on Kafka before the page says so."""
