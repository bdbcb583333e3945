-- Judgements of interactions, one row an event; those of agents in a contact are in support_contacts.
CREATE OR REPLACE VIEW judgements
(
    event_id String COMMENT 'Upstream''s own name of the event',
    customer_id String COMMENT 'Who was judged',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When',
    by String COMMENT 'Who judged',
    sentiment Nullable(Int8) COMMENT 'Mood of the customer, -2 to 2, NULL if not said',
    likely_to_leave Nullable(Bool) COMMENT 'Their expectation, NULL if not said',
    note String COMMENT 'Their words',
    extra Map(String, String) COMMENT 'Whatever else upstream gave',
    stamped_at DateTime64(3, 'UTC') COMMENT 'When Kafka took the raw message'
)
AS SELECT event_id, customer_id, occurred_at, by, sentiment, likely_to_leave, note, extra, stamped_at
FROM interactions FINAL
WHERE type = 'judgement'
COMMENT 'What people think of customers, one row an event';
