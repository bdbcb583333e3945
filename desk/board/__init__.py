"""The board: decisions that stand now, who has which, and numbered changes, so that pages follow what happens.

``handling`` and ``board`` are pure and get the time as an argument; ``follow`` reads Kafka, and ``live`` joins both for
the threads of a server.
"""
