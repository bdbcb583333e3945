"""Data of the pages: facts that stand still, sources that are read, entries of a moment ago."""
