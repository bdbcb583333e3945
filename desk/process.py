"""The desk's process: serves pages until told to stop, and ends within ten seconds."""

import asyncio
from threading import Event
from typing import Final

import uvicorn

from desk.assemble import open_parts
from desk.board.live import LiveBoard
from desk.metrics import DeskMetrics
from desk.trials.trial import PlaybookJudge
from desk.web.app import build_app
from desk.web.data.facts import DeskFacts
from desk.web.parts import DeskParts
from runtime.kafka.admin import require_kafka
from runtime.service.graceful_shutdown import run_bounded
from runtime.service.health_server import new_registry, serve_health
from schemas.errors import UsageError
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from schemas.settings.desk import DeskSettings
from schemas.settings.processes import ObserveSettings

_ANSWERS_SECONDS: Final = 4
_LOOK_SECONDS: Final = 0.1


def run_desk(
    kafka: KafkaSettings,
    clickhouse: ClickHouseSettings,
    desk: DeskSettings,
    observe: ObserveSettings,
    *,
    facts: DeskFacts,
    application_id: str,
    judge: PlaybookJudge | None,
    stop: Event,
) -> None:
    """Serve the pages until told to stop.

    Args:
        kafka: Where events go, and decisions come from.
        clickhouse: Where customers are read.
        desk: Address, users and sessions.
        observe: Address of /metrics, /live and /ready.
        facts: What pages say beside the data.
        application_id: Names the sink's group, which says how far ClickHouse reaches.
        judge: Checks and evaluates changed playbooks; None where no decisions are made.
        stop: Set when the process must end; requests under way are answered first.

    Raises:
        ServerUnreachableError: Kafka does not answer at the start; later it is waited for.
        UsageError: The address cannot be served, or the users file cannot be read.
    """
    require_kafka(kafka)
    registry = new_registry()
    metrics = DeskMetrics(registry)
    opened = open_parts(
        kafka, clickhouse, desk, facts, metrics=metrics, application_id=application_id, judge=judge, stop=stop
    )
    with opened as (parts, board):
        metrics.watch(board, parts.streams)
        server = new_server(parts, desk)
        with serve_health(registry, observe, "desk", live=lambda: board.stuck, ready=lambda: _not_ready(server, board)):
            run_bounded(lambda: asyncio.run(_serve(server, stop)), stop, "desk")


def new_server(parts: DeskParts, desk: DeskSettings) -> uvicorn.Server:
    """Return the HTTP server; headers of a proxy are read nowhere but in ``desk.people.proxy``.

    Args:
        parts: Of the pages.
        desk: Address and port.
    """
    return uvicorn.Server(
        uvicorn.Config(
            build_app(parts),
            host=desk.host,
            port=desk.port,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=_ANSWERS_SECONDS,
        )
    )


async def _serve(server: uvicorn.Server, stop: Event) -> None:
    serving = asyncio.create_task(server.serve())
    while not serving.done() and not stop.is_set():
        await asyncio.wait({serving}, timeout=_LOOK_SECONDS)
    server.should_exit = True
    try:
        await serving
    except SystemExit:
        config = server.config
        raise UsageError(
            f"STAYLINE_DESK__PORT is {config.port}, and {config.host}:{config.port} cannot be served; "
            "set another port or STAYLINE_DESK__HOST"
        ) from None


def _not_ready(server: uvicorn.Server, board: LiveBoard) -> str | None:
    if not server.started:
        return "the pages are not served yet"
    return board.trouble or None
