-- The view segment_moves, stored: see ../README.md.
DROP VIEW IF EXISTS segment_moves_snapshot SYNC;

CREATE OR REPLACE TABLE segment_moves_snapshot_rows AS segment_moves
ENGINE = MergeTree
ORDER BY (customer_id, moved_at, kind)
COMMENT 'What segment_moves_snapshot stores; ask segment_moves_snapshot';

ALTER TABLE segment_moves_snapshot_rows ADD COLUMN IF NOT EXISTS as_of DateTime64(3, 'UTC')
    COMMENT 'Last stamp in the log when this was computed';

CREATE MATERIALIZED VIEW IF NOT EXISTS segment_moves_snapshot
REFRESH AFTER 10 MINUTE RANDOMIZE FOR 2 MINUTE TO segment_moves_snapshot_rows
(
    customer_id String COMMENT 'Who moved',
    day Date COMMENT 'Day of the score that shows it, UTC',
    moved_at DateTime64(3, 'UTC') COMMENT 'Moment of that score; the silent are looked at some times a horizon',
    kind LowCardinality(String) COMMENT 'What changed: segment, life_cycle or value_tier',
    before LowCardinality(String) COMMENT 'What it was by the score before',
    after LowCardinality(String) COMMENT 'What it is now',
    cause LowCardinality(String)
        COMMENT 'What the customer did: purchase, return, contact, or silence; interaction where its row is gone',
    risk Float64 COMMENT 'Probability of leaving by the new score',
    value_at_risk Float64 COMMENT 'Risk times the margin expected in a year, reporting currency',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
AS SELECT *, (SELECT max(stamped_at) FROM interactions) AS as_of
FROM segment_moves
SETTINGS max_threads = 1
COMMENT 'Every move of a customer to another segment, stage of life or value tier, with the day and the cause: as segment_moves was at as_of, computed anew ten minutes after the last time';
