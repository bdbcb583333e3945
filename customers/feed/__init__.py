"""Finds the time in which a feed was not heard, and counts time without it.

In the order of the steps: ``hourly_rate`` (events to be expected), ``hole_detector`` (hours in, holes out),
``feed_watch`` and ``feed_parts`` (all topics, and their channels, campaigns and raw partitions), ``holes`` (the known
holes, asked by everything that measures time), ``heard_time`` (a customer with the holes cut out).
"""
