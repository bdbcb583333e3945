"""``stayline import``: files as other systems export them, read by a mapping, as events in the order of time.

Law of this package: files may be larger than memory, and nothing is lost in silence. In the order of the journey:
``sources``, ``excel`` and ``rows`` (files to rows of text), ``columns`` and ``expressions`` (what a mapping's words
mean for them), ``moments`` and ``numbers`` (text to values), ``lines`` and ``faults`` (rows to what they say, or what
is wrong with them), ``grouping`` (lines to events) and ``imported`` (all of it). Beside them ``history``, ``plain`` and
``reading`` (what backtests, publishing and learning read), ``profile`` and ``findings`` (what a careful analyst would
look at) and ``guess`` (a mapping to edit).

The steps are SQL of DuckDB, on a database in a folder of its own that is gone afterwards. The engine may open the
given files and that folder, and nothing else.
"""
