"""Fields: what the words of a mapping mean for the rows of a file, and what may be wrong with a row."""
