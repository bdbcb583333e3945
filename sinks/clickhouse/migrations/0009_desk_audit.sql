-- Who looked at whom at the desk. Keyed by all of it, so that a repeated insert changes nothing under FINAL.
CREATE TABLE IF NOT EXISTS desk_audit
(
    audit_id String COMMENT 'Id of the record',
    at DateTime64(3, 'UTC') COMMENT 'When' CODEC(DoubleDelta, ZSTD),
    by String COMMENT 'Who; the name that was tried where a sign-in was refused',
    role LowCardinality(String) COMMENT 'Role of the person: agent, lead or admin; empty for nobody who is known',
    deed LowCardinality(String)
        COMMENT 'What was done: signed_in, refused, signed_out, looked_at_customer, searched, listed or exported',
    customer_id String COMMENT 'Customer whose data was shown; empty where it was nobody''s or a list',
    detail String COMMENT 'What was searched, or what a list was of; may be empty',
    address String COMMENT 'Address that the request came from'
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_id, at, audit_id)
COMMENT 'Every look at a customer, every export and every sign-in at the desk; read it with FINAL';
