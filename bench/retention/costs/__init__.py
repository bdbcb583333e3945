"""Processor time of deciding: of one batch, of a worker's engine, and of a whole worker with Kafka."""
