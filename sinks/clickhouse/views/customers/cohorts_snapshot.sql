-- The view cohorts, stored: see ../README.md.
DROP VIEW IF EXISTS cohorts_snapshot SYNC;

CREATE OR REPLACE TABLE cohorts_snapshot_rows AS cohorts
ENGINE = MergeTree
ORDER BY (cohort, months)
COMMENT 'What cohorts_snapshot stores; ask cohorts_snapshot';

ALTER TABLE cohorts_snapshot_rows ADD COLUMN IF NOT EXISTS as_of DateTime64(3, 'UTC')
    COMMENT 'Last stamp in the log when this was computed';

CREATE MATERIALIZED VIEW IF NOT EXISTS cohorts_snapshot
REFRESH AFTER 10 MINUTE RANDOMIZE FOR 2 MINUTE TO cohorts_snapshot_rows
(
    cohort Date COMMENT 'First day of the month of the first purchase, UTC',
    months UInt16 COMMENT 'Months since then; 0 is that month itself',
    customers UInt64 COMMENT 'Customers of the cohort',
    retained UInt64 COMMENT 'How many of them bought in this month',
    revenue Decimal(38, 9) COMMENT 'What they bought in this month, reporting currency',
    returns UInt64 COMMENT 'Returns in this month',
    refunds Decimal(38, 9) COMMENT 'What these came to, reporting currency',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
AS SELECT *, (SELECT max(stamped_at) FROM interactions) AS as_of
FROM cohorts
SETTINGS max_threads = 1
COMMENT 'Customers by month of first purchase, and what they did in each month since: as cohorts was at as_of, computed anew ten minutes after the last time';
