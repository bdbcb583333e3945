"""The report: one page about the business, made from ClickHouse alone and readable without a network.

Every figure is queried by a typed function (``business``, ``retention``, ``predictions``), drawn by another (``plots``)
and put on the page with text around it (``page``).
"""
