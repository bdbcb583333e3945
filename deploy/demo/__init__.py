"""What the demo plays: a real purchase log, and a simulated shop whose truth is known.

Nothing here knows Kafka, ClickHouse or the model: these modules make raw events as plain dictionaries.
"""
