"""The worker's promises, tested with processes that are killed, paused and replaced on a real broker."""
