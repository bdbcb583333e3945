-- Who may do what in the database that {database} stands for. Run by a user with access management; all of it can be run
-- again. A user is made a writer or an analyst by GRANT stayline_analyst TO somebody.

-- The sink and `stayline migrate`.
CREATE ROLE IF NOT EXISTS stayline_writer;

GRANT SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, OPTIMIZE, SYSTEM VIEWS
    ON {database}.* TO stayline_writer;

-- Analysts change nothing, and one query of theirs cannot take the server from the sink: they may set these limits lower
-- but not higher, and not to 0, which would be none. readonly 2 lets a client choose the settings of its own query.
CREATE SETTINGS PROFILE OR REPLACE stayline_analyst SETTINGS
    readonly = 2 READONLY,
    max_execution_time = 300 MIN 1 MAX 300,
    max_memory_usage = 4000000000 MIN 1 MAX 4000000000,
    max_bytes_before_external_group_by = 2000000000,
    max_bytes_before_external_sort = 2000000000,
    max_result_rows = 1000000 MIN 1 MAX 1000000,
    result_overflow_mode = 'throw' READONLY,
    priority = 1 READONLY;

CREATE ROLE IF NOT EXISTS stayline_analyst;

ALTER ROLE stayline_analyst SETTINGS PROFILE 'stayline_analyst';

GRANT SELECT ON {database}.* TO stayline_analyst;
