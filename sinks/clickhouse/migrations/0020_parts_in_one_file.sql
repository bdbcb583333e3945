-- What the sink inserts at once while it is behind, up to 46 MB in columns, was stored as 136 files: making them took a
-- tenth of the processor time from Kafka into the table. Parts up to 64 MiB keep their columns in one file instead;
-- merges make larger ones of them, which have a file a column as before.
ALTER TABLE interactions MODIFY SETTING min_bytes_for_wide_part = 67108864;
