"""chDB, the ClickHouse engine in process, behind enough of ClickHouse's HTTP interface for real clients.

`python -m deploy.local.clickhouse --port N --path DIR` serves a folder; `ClickHouse(folder)` runs that as a process of
its own. clickhouse-connect, curl and anything else that speaks HTTP to ClickHouse then find one.

What differs from clickhouse-server, and is refused or left out rather than imitated: users, roles and row policies
(one user at most), sessions (`session_id` is accepted, and nothing outlives a request), external tables,
`compress`/`decompress` in ClickHouse's own block format, compressed responses, cancelling a query by hanging up,
`system.query_log`. Results are held in memory whole; inserts are not.
"""

from deploy.local.clickhouse.running import ClickHouse

__all__ = ["ClickHouse"]
