"""The database: its client, its migrations, views, snapshots, roles and how long rows are kept."""
