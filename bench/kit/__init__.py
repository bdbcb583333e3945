"""Parts that benchmarks share: a broker with load on it, measured processes, generated purchases and topics."""
