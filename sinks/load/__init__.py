"""The sink: records from Kafka into ClickHouse, offsets committed after the insert."""
