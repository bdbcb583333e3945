-- Actions taken of interactions, one row an event.
CREATE OR REPLACE VIEW actions_taken
(
    event_id String COMMENT 'Upstream''s own name of the event',
    customer_id String COMMENT 'For whom',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When',
    decision_id String COMMENT 'Decision that it carries out, empty if nobody asked for it',
    action String COMMENT 'Name of the action',
    by String COMMENT 'Who did it',
    result String COMMENT 'What came of it: done, no_answer, refused, accepted, not_done or dismissed; or a step on the way: claimed, released, snoozed or escalated',
    note String COMMENT 'Their words, such as why a decision was dismissed',
    until Nullable(DateTime64(3, 'UTC')) COMMENT 'End of a claim, or when what was snoozed comes back; NULL if there is none',
    extra Map(String, String) COMMENT 'Whatever else upstream gave',
    stamped_at DateTime64(3, 'UTC') COMMENT 'When Kafka took the raw message'
)
AS SELECT event_id, customer_id, occurred_at, decision_id, action, by, result, note, until, extra, stamped_at
FROM interactions FINAL
WHERE type = 'action_taken'
COMMENT 'What people did for customers, one row an event';
