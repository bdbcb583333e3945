-- What people did for a customer and thought of one are interactions, too.
ALTER TABLE interactions ADD COLUMN IF NOT EXISTS decision_id String
    COMMENT 'Decision that an action carries out, empty if nobody asked for it' CODEC(ZSTD) AFTER note;
ALTER TABLE interactions ADD COLUMN IF NOT EXISTS action String
    COMMENT 'Name of the action taken, empty for other types' AFTER decision_id;
ALTER TABLE interactions ADD COLUMN IF NOT EXISTS by String
    COMMENT 'Who acted or judged, empty for other types' AFTER action;
ALTER TABLE interactions ADD COLUMN IF NOT EXISTS result String
    COMMENT 'What came of the action: done, no_answer, refused, accepted, not_done or dismissed; empty for other types'
    AFTER by;
ALTER TABLE interactions
    COMMENT COLUMN type 'purchase, return, support_contact, action_taken or judgement',
    COMMENT COLUMN currency 'ISO 4217 code of the event, empty where no money moved',
    COMMENT COLUMN sentiment 'Somebody''s impression of the mood, -2 to 2, NULL if none',
    COMMENT COLUMN likely_to_leave 'Their guess, NULL if none',
    COMMENT COLUMN note 'Their words';
-- The last term tells copies apart that the raw topics took in the same millisecond at the same offset.
ALTER TABLE interactions MODIFY COLUMN precedence UInt128 MATERIALIZED
    bitShiftLeft(toUInt128(281474976710655 - toUInt64(toUnixTimestamp64Milli(stamped_at))), 80)
    + bitShiftLeft(toUInt128(18446744073709551615 - source_offset), 16)
    + source_partition * 8
    + indexOf(['purchases', 'returns', 'support_contacts', 'actions_taken', 'judgements'], source_topic)
    COMMENT 'Highest for the copy stamped first, so that it survives whatever order copies are inserted in';
ALTER TABLE interactions MODIFY COMMENT 'Every validated event, of whatever type; read it with FINAL';
