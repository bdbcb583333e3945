"""The desk: the web page of those who keep customers, from what was decided to what it brought.

Law of this package: it holds nothing that the log does not have. It reads ClickHouse, follows topics for what happens
now, and writes only events, so that it is one more publisher. Who asks, what time it is and where data comes from are
arguments of every page.
"""
