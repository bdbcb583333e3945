-- People at the desk claim decisions, give them back, put them off and escalate them.
ALTER TABLE interactions ADD COLUMN IF NOT EXISTS until Nullable(DateTime64(3, 'UTC'))
    COMMENT 'End of a claim, or when what was snoozed comes back; NULL if there is none' CODEC(ZSTD) AFTER result;
ALTER TABLE interactions
    COMMENT COLUMN result 'What came of the action: done, no_answer, refused, accepted, not_done or dismissed; or a step on the way: claimed, released, snoozed or escalated; empty for other types';

-- The page of one customer finds their decisions and alerts.
ALTER TABLE decisions ADD INDEX IF NOT EXISTS by_customer customer_id TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE decisions MATERIALIZE INDEX by_customer;
ALTER TABLE alerts ADD INDEX IF NOT EXISTS by_customer customer_id TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE alerts MATERIALIZE INDEX by_customer;
