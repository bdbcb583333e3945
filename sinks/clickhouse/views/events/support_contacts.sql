-- Support contacts of interactions, one row an event.
CREATE OR REPLACE VIEW support_contacts
(
    event_id String COMMENT 'Upstream''s own name of the event',
    customer_id String COMMENT 'Who was spoken with',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When',
    channel String COMMENT 'Support channel',
    topic String COMMENT 'What it was about, empty if unknown',
    direction String COMMENT 'Who began it: inbound or outbound',
    resolved Nullable(Bool) COMMENT 'Whether it ended well, NULL if unknown',
    wait_seconds Nullable(Float64) COMMENT 'How long the customer waited, NULL if unknown',
    satisfaction Nullable(UInt8) COMMENT '1 (worst) to 5, NULL if not asked',
    sentiment Nullable(Int8) COMMENT 'The agent''s impression, -2 to 2, NULL if none',
    likely_to_leave Nullable(Bool) COMMENT 'The agent''s guess, NULL if none',
    note String COMMENT 'The agent''s words',
    extra Map(String, String) COMMENT 'Whatever else upstream gave',
    stamped_at DateTime64(3, 'UTC') COMMENT 'When Kafka took the raw message'
)
AS SELECT
    event_id, customer_id, occurred_at, channel, topic, direction, resolved, wait_seconds, satisfaction, sentiment,
    likely_to_leave, note, extra, stamped_at
FROM interactions FINAL
WHERE type = 'support_contact'
COMMENT 'Support contacts, one row an event';
