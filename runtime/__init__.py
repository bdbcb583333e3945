"""The kit that every process of Stayline shares: Kafka clients, health, signals, backoff, logs and pages for people.

It knows libraries and nothing of customers, risks or tables: of `schemas` it imports errors and settings only.
"""
