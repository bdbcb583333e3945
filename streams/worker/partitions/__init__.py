"""The partitions of a worker: assigned, folded page by page, revoked; with retries and quarantine."""
