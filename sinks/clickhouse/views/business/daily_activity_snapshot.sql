-- The view daily_activity, stored: see ../README.md.
DROP VIEW IF EXISTS daily_activity_snapshot SYNC;

CREATE OR REPLACE TABLE daily_activity_snapshot_rows AS daily_activity
ENGINE = MergeTree
ORDER BY (day, channel, currency)
COMMENT 'What daily_activity_snapshot stores; ask daily_activity_snapshot';

ALTER TABLE daily_activity_snapshot_rows ADD COLUMN IF NOT EXISTS as_of DateTime64(3, 'UTC')
    COMMENT 'Last stamp in the log when this was computed';

CREATE MATERIALIZED VIEW IF NOT EXISTS daily_activity_snapshot
REFRESH AFTER 10 MINUTE RANDOMIZE FOR 2 MINUTE TO daily_activity_snapshot_rows
(
    day Date COMMENT 'Day on which it happened, UTC',
    channel String COMMENT 'Sales or support channel, empty if unknown and for returns',
    currency String COMMENT 'Currency of the events, empty for contacts',
    purchases UInt64 COMMENT 'Purchases; the events of an order are one, on each day that has any',
    revenue Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    units UInt64 COMMENT 'Units bought',
    returns UInt64 COMMENT 'Returns',
    refunds Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    contacts UInt64 COMMENT 'Support contacts',
    unresolved UInt64 COMMENT 'Contacts that did not end well',
    mean_satisfaction Nullable(Float64) COMMENT 'Mean of the answers, 1 (worst) to 5, NULL if none',
    discounts Float64 COMMENT 'Given on the purchases, reporting currency; 0 where all of them were free',
    returned_units UInt64 COMMENT 'Units sent back',
    return_rate Nullable(Float64)
        COMMENT 'Units sent back a unit sold on this day in this currency over all channels, NULL if none was sold',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
AS SELECT *, (SELECT max(stamped_at) FROM interactions) AS as_of
FROM daily_activity
SETTINGS max_threads = 1
COMMENT 'What happened each day, by channel and currency: as daily_activity was at as_of, computed anew ten minutes after the last time';
