-- That somebody was forgotten, and where in the log it says so; not who.

CREATE TABLE IF NOT EXISTS forgotten
(
    source_topic LowCardinality(String) COMMENT 'Topic of the record that asked for it; rows were deleted in the table of that name',
    source_partition UInt16 COMMENT 'Its partition there',
    source_offset UInt64 COMMENT 'Its offset there; the three together name it',
    forgotten_at DateTime64(3, 'UTC') COMMENT 'When Kafka took that record',
    deleted_rows UInt64 COMMENT 'Rows deleted; the most, where the record was read again'
)
ENGINE = ReplacingMergeTree(deleted_rows)
ORDER BY (source_topic, source_partition, source_offset)
COMMENT 'That a customer was forgotten, how much and when, without saying who; read it with FINAL';
