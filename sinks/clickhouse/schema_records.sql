-- What the database says of its own schema. Run at every migrate, before all else.

CREATE TABLE IF NOT EXISTS schema_migrations
(
    number UInt32 COMMENT 'Migrations are applied in this order',
    name String COMMENT 'File that holds it',
    checksum String COMMENT 'SHA-256 of the file as it was applied',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When'
)
ENGINE = ReplacingMergeTree
ORDER BY number
COMMENT 'Which migrations this database has; read it with FINAL';

CREATE TABLE IF NOT EXISTS schema_views
(
    name String COMMENT 'View or snapshot, defined in the file of that name',
    checksum String COMMENT 'SHA-256 of the statements that made it',
    made_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When'
)
ENGINE = ReplacingMergeTree(made_at)
ORDER BY name
COMMENT 'Which definitions of views and snapshots this database has; read it with FINAL';
