-- The view contact_drivers, stored: see ../README.md.
DROP VIEW IF EXISTS contact_drivers_snapshot SYNC;

CREATE OR REPLACE TABLE contact_drivers_snapshot_rows AS contact_drivers
ENGINE = MergeTree
ORDER BY topic
COMMENT 'What contact_drivers_snapshot stores; ask contact_drivers_snapshot';

ALTER TABLE contact_drivers_snapshot_rows ADD COLUMN IF NOT EXISTS as_of DateTime64(3, 'UTC')
    COMMENT 'Last stamp in the log when this was computed';

CREATE MATERIALIZED VIEW IF NOT EXISTS contact_drivers_snapshot
REFRESH AFTER 10 MINUTE RANDOMIZE FOR 2 MINUTE TO contact_drivers_snapshot_rows
(
    topic String COMMENT 'What the contacts were about, empty if unknown',
    contacts UInt64 COMMENT 'Support contacts',
    unresolved_share Nullable(Float64) COMMENT 'Share that did not end well, of those of which it is known',
    mean_satisfaction Nullable(Float64) COMMENT 'Mean of the answers, 1 (worst) to 5, NULL if none',
    followed UInt64 COMMENT 'Contacts that are 90 days past by the last stamp in the log',
    repurchased_share Nullable(Float64) COMMENT 'Share of the followed after which the customer bought within 90 days',
    returned_share Nullable(Float64) COMMENT 'Share of the followed after which something came back within 90 days',
    answered UInt64 COMMENT 'Contacts with a settled question that was asked within 90 days after them',
    left_share Nullable(Float64) COMMENT 'Share of these that the customer left after, by the first such question',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
AS SELECT *, (SELECT max(stamped_at) FROM interactions) AS as_of
FROM contact_drivers
SETTINGS max_threads = 1
COMMENT 'What customers get in touch about, and what follows: as contact_drivers was at as_of, computed anew ten minutes after the last time';
