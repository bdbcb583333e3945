"""Apache Kafka's own broker on this machine: one node or three, its jars fetched once a version."""

from deploy.local.kafka.cluster import KafkaCluster
from deploy.local.kafka.jars import kafka_available

__all__ = ["KafkaCluster", "kafka_available"]
