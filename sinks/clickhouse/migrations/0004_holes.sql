-- Holes of raw topics. Every customer partition writes the same row; the key makes one of them under FINAL.
CREATE TABLE IF NOT EXISTS holes
(
    topic LowCardinality(String) COMMENT 'Raw topic that was silent',
    starts_at DateTime64(3, 'UTC') COMMENT 'End of the last hour with an event; with the topic it names the hole',
    known_at DateTime64(3, 'UTC') COMMENT 'From when on it was known to be a hole',
    ends_at DateTime64(3, 'UTC') COMMENT 'Start of the first hour with an event again',
    missing Float64 COMMENT 'Number of events that were expected in it, by the topic''s own rate'
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, starts_at)
COMMENT 'Time in which a whole raw topic was silent, one row a hole that is over; read it with FINAL';
