-- An event can be followed from its publisher: its trace id, and when its row and the row of its score were stored.
-- trace_id costs nothing where a publisher gives none: trace then computes one from where the raw message lies.
-- Rows that are older than these columns say 1970: without the step between, they would all be stored "now".

ALTER TABLE interactions ADD COLUMN IF NOT EXISTS trace_id String
    COMMENT 'Trace id of W3C Trace Context that the publisher gave, empty if none' CODEC(ZSTD) AFTER extra;

ALTER TABLE interactions ADD COLUMN IF NOT EXISTS trace String
    ALIAS if(trace_id != '', trace_id, lower(hex(MD5(concat(source_topic, '/', toString(source_partition), '/', toString(source_offset))))))
    COMMENT 'Trace id: the publisher''s, or one made of where the raw message lies' AFTER precedence;

ALTER TABLE interactions ADD COLUMN IF NOT EXISTS stored_at DateTime64(3, 'UTC')
    MATERIALIZED toDateTime64(0, 3, 'UTC') COMMENT 'When the row was stored; 1970 where that was not kept yet' CODEC(Delta, ZSTD);
ALTER TABLE interactions MODIFY COLUMN stored_at DateTime64(3, 'UTC')
    MATERIALIZED toDateTime64(0, 3, 'UTC') COMMENT 'When the row was stored; 1970 where that was not kept yet' CODEC(Delta, ZSTD);
ALTER TABLE interactions MATERIALIZE COLUMN stored_at SETTINGS mutations_sync = 1;
ALTER TABLE interactions MODIFY COLUMN stored_at DateTime64(3, 'UTC')
    MATERIALIZED now64(3, 'UTC') COMMENT 'When the row was stored; 1970 where that was not kept yet' CODEC(Delta, ZSTD);

ALTER TABLE risk_scores ADD COLUMN IF NOT EXISTS stored_at DateTime64(3, 'UTC')
    MATERIALIZED toDateTime64(0, 3, 'UTC') COMMENT 'When the row was stored; 1970 where that was not kept yet' CODEC(Delta, ZSTD);
ALTER TABLE risk_scores MODIFY COLUMN stored_at DateTime64(3, 'UTC')
    MATERIALIZED toDateTime64(0, 3, 'UTC') COMMENT 'When the row was stored; 1970 where that was not kept yet' CODEC(Delta, ZSTD);
ALTER TABLE risk_scores MATERIALIZE COLUMN stored_at SETTINGS mutations_sync = 1;
ALTER TABLE risk_scores MODIFY COLUMN stored_at DateTime64(3, 'UTC')
    MATERIALIZED now64(3, 'UTC') COMMENT 'When the row was stored; 1970 where that was not kept yet' CODEC(Delta, ZSTD);
