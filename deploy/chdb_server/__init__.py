"""chDB, the ClickHouse engine in process, behind enough of ClickHouse's HTTP interface for real clients.

`python -m deploy.chdb_server --port N --path DIR` serves a folder; README.md says what it understands and what it
refuses. It knows nothing of Stayline.
"""
