"""More customer partitions: nothing lost, nothing doubled, whatever it dies of."""
