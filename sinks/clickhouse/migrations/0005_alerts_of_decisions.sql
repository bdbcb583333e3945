-- Alerts are of a risk, as before, or of a decision.
ALTER TABLE alerts ADD COLUMN IF NOT EXISTS decision_id String DEFAULT ''
    COMMENT 'Id of the decision; empty in the alert of a risk, as are all columns that follow';

ALTER TABLE alerts ADD COLUMN IF NOT EXISTS action LowCardinality(String) DEFAULT ''
    COMMENT 'Name of the action that is to be done';

ALTER TABLE alerts ADD COLUMN IF NOT EXISTS team LowCardinality(String) DEFAULT ''
    COMMENT 'Who is to do it';

ALTER TABLE alerts ADD COLUMN IF NOT EXISTS channel LowCardinality(String) DEFAULT ''
    COMMENT 'Way to reach the customer';

ALTER TABLE alerts ADD COLUMN IF NOT EXISTS do_after Nullable(DateTime64(3, 'UTC')) DEFAULT NULL
    COMMENT 'Beginning of the time in which it is to be done';

ALTER TABLE alerts ADD COLUMN IF NOT EXISTS due_by Nullable(DateTime64(3, 'UTC')) DEFAULT NULL
    COMMENT 'End of this time; the decision lapses then';

ALTER TABLE alerts ADD COLUMN IF NOT EXISTS expected_gain Nullable(Float64) DEFAULT NULL
    COMMENT 'What the action is expected to bring, before its cost, reporting currency';

ALTER TABLE alerts ADD COLUMN IF NOT EXISTS what_changed Array(String) DEFAULT []
    COMMENT 'Sentences on what is new about the customer' CODEC(ZSTD);

ALTER TABLE alerts ADD COLUMN IF NOT EXISTS template LowCardinality(String) DEFAULT ''
    COMMENT 'Name of the text in the tool that sends it';

ALTER TABLE alerts ADD COLUMN IF NOT EXISTS ended_by LowCardinality(String) DEFAULT ''
    COMMENT 'Cause of the end, where it is cleared: purchase, result or lapse';

ALTER TABLE alerts MODIFY COMMENT 'Customers who are likely to leave, and decisions for customers, raised and cleared; one row a state; read it with FINAL';
