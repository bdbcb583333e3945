"""Pages: lines that travel together, with the clock and the hourly counts of their raw partitions."""
