"""``stayline import``: files as other systems export them, read by a mapping, as events in the order of time.

Law of this package: files may be larger than memory, and nothing is lost in silence. In the order of the journey:
``files`` (of any kind, as tables of text), ``rows`` (the columns that a mapping reads), ``fields`` (what its words mean
for them, and what is wrong with a row), ``grouping`` (rows to events) and ``imported`` (all of it). Beside them
``history`` and ``reading`` (what backtests, publishing and learning read), ``analysis`` (what a careful analyst would
look at), ``presets`` and ``guess`` (a mapping to edit).

The steps are SQL of DuckDB, on a database in a folder of its own that is gone afterwards. The engine may open the
given files and that folder, and nothing else.
"""
