"""The database: its client, migrations, views, snapshots, roles and times to live."""
