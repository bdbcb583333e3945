"""One set of Kafka clients: options, security, producers, readers and offsets; by librdkafka."""
