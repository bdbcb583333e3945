"""One page about the business, for people who decide: made from ClickHouse alone, needing no network to be read.

Every figure is asked by a typed function (``business``, ``retention``, ``predictions``), drawn by another (``plots``)
and put on the page with words around it (``page``).
"""
