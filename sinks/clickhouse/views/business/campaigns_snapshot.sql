-- The view campaigns, stored: see ../README.md.
DROP VIEW IF EXISTS campaigns_snapshot SYNC;

CREATE OR REPLACE TABLE campaigns_snapshot_rows AS campaigns
ENGINE = MergeTree
ORDER BY campaign
COMMENT 'What campaigns_snapshot stores; ask campaigns_snapshot';

ALTER TABLE campaigns_snapshot_rows ADD COLUMN IF NOT EXISTS as_of DateTime64(3, 'UTC')
    COMMENT 'Last stamp in the log when this was computed';

CREATE MATERIALIZED VIEW IF NOT EXISTS campaigns_snapshot
REFRESH AFTER 10 MINUTE RANDOMIZE FOR 2 MINUTE TO campaigns_snapshot_rows
(
    campaign String COMMENT 'The campaign; empty for purchases without one',
    orders UInt64 COMMENT 'Purchases under it; the events of an order are one',
    customers UInt64 COMMENT 'Who made them',
    revenue Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    followed UInt64 COMMENT 'Customers whose first purchase under it is 90 days past by the last stamp in the log',
    bought_again_share Nullable(Float64)
        COMMENT 'Share of the followed who made any other purchase within 90 days after it, NULL if none is followed',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
AS SELECT *, (SELECT max(stamped_at) FROM interactions) AS as_of
FROM campaigns
SETTINGS max_threads = 1
COMMENT 'What each campaign brought, and who bought again: as campaigns was at as_of, computed anew ten minutes after the last time';
