"""The HTTP server: requests in, queries on threads, answers and errors out as ClickHouse gives them."""

import asyncio
import json
import os
import ssl
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aiohttp import web

from deploy.chdb_server.body import Rows
from deploy.chdb_server.compression import ENCODERS
from deploy.chdb_server.engine import Engine, QueryResult
from deploy.chdb_server.errors import QueryError
from deploy.chdb_server.request import Account, Asked, read_request

QUERY_THREADS = 16
SHUTDOWN_SECONDS = 1.0
READ_BYTES = 1024 * 1024
"""Taken from a connection at a time: pages of inserts are megabytes."""
_CONTENT_TYPES = {
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "Native": "application/octet-stream",
    "Parquet": "application/octet-stream",
}


class ChdbServer:
    """ClickHouse's HTTP interface over one engine.

    Args:
        engine: runs the queries.
        account: who may ask.
        body_limit: bytes that a request's body may have, decompressed.
    """

    def __init__(self, engine: Engine, account: Account, body_limit: int) -> None:
        self._engine = engine
        self._account = account
        self._body_limit = body_limit
        self._threads = ThreadPoolExecutor(QUERY_THREADS, thread_name_prefix="query")

    def application(self) -> web.Application:
        """Lay out the paths."""
        application = web.Application()
        application.router.add_get("/ping", self._ping)
        application.router.add_get("/replicas_status", self._ping)
        application.router.add_route("*", "/", self._answer)
        return application

    async def _ping(self, _request: web.Request) -> web.Response:
        return web.Response(text="Ok.\n")

    async def _answer(self, request: web.Request) -> web.Response:
        query_id = request.query.get("query_id") or str(uuid.uuid4())
        headers = {
            "X-ClickHouse-Query-Id": query_id,
            "X-ClickHouse-Timezone": self._engine.timezone,
            "X-ClickHouse-Server-Display-Name": "stayline-local",
        }
        if request.method in {"GET", "HEAD"} and "query" not in request.query:
            return web.Response(text="Ok.\n", headers=headers)
        try:
            user = self._account.check(request)
            with Rows() as rows:
                asked = await read_request(request, user, rows, self._body_limit)
                loop = asyncio.get_running_loop()
                answer = await loop.run_in_executor(self._threads, self._engine.run, asked.query)
        except QueryError as error:
            return self._failed(error, headers)
        return await _succeeded(asked, answer, headers)

    def _failed(self, error: QueryError, headers: dict[str, str]) -> web.Response:
        headers |= {"X-ClickHouse-Exception-Code": str(error.code), "Connection": "close"}
        version = f" (version {self._engine.version})"
        text = str(error) if version in str(error) else f"{error}{version}"
        return web.Response(status=error.status, text=f"{text}\n", headers=headers)


async def _succeeded(asked: Asked, answer: QueryResult, headers: dict[str, str]) -> web.Response:
    summary = {
        "read_rows": answer.rows_read,
        "written_rows": answer.rows_written,
        "elapsed_ns": int(answer.seconds * 1e9),
    }
    headers["X-ClickHouse-Summary"] = json.dumps({name: str(value) for name, value in summary.items()})
    if asked.answer_format is not None:
        headers["X-ClickHouse-Format"] = asked.answer_format
    content_type = _CONTENT_TYPES.get(asked.answer_format or "TabSeparated", "text/plain; charset=UTF-8")
    headers["Content-Type"] = content_type
    if asked.encoding is None:
        return web.Response(body=answer.data, headers=headers)
    headers |= {"Content-Encoding": asked.encoding, "Vary": "Accept-Encoding"}
    return web.Response(body=await asyncio.to_thread(ENCODERS[asked.encoding], answer.data), headers=headers)


def serve(folder: Path, port: int, account: Account, body_limit: int, context: ssl.SSLContext | None = None) -> None:
    """Serve a folder on 127.0.0.1 until SIGTERM or SIGINT.

    Args:
        folder: where the data is and stays.
        port: to listen on.
        account: who may ask.
        body_limit: bytes that a request's body may have, decompressed.
        context: with a certificate, for https; http when None.
    """
    server = ChdbServer(Engine(folder), account, body_limit)
    # A body is decompressed here, not by aiohttp, which does not know lz4.
    web.run_app(
        server.application(),
        host="127.0.0.1",
        port=port,
        ssl_context=context,
        print=None,
        access_log=None,
        shutdown_timeout=SHUTDOWN_SECONDS,
        auto_decompress=False,
        read_bufsize=READ_BYTES,
    )
    # A thread that is still in a query cannot be stopped, and Python would wait for it. What was answered is on disk.
    os._exit(0)
