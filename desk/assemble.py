"""Opens what the desk needs of Kafka and ClickHouse, and gives the parts of its pages."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from secrets import token_urlsafe
from threading import Event, Thread
from typing import Final

from desk.audit.trail import KafkaAuditTrail
from desk.board.live import LiveBoard
from desk.metrics import DeskMetrics
from desk.people.proxy import AuthenticatingProxy
from desk.people.sessions import DeskSessions
from desk.people.sign_in_limit import SignInLimit
from desk.people.users import UsersFile
from desk.reading.connected import SharedConnection
from desk.reading.customer import customer_page
from desk.reading.effects import action_effects, action_returns, depth_gains, rule_uses
from desk.reading.events import older_events
from desk.reading.find import find_customers
from desk.reading.groups import customer_groups, listed_customers
from desk.reading.trust import judgement_hits, quality_days
from desk.trials.running import PlaybookTrials
from desk.trials.trial import PlaybookJudge
from desk.web.data.facts import DeskFacts
from desk.web.data.recent import RecentEntries
from desk.web.data.sources import DeskSources, EffectFigures
from desk.web.data.streams import ChangeStreams
from desk.web.drawing.render import Pages
from desk.web.parts import DeskParts
from desk.writing.publisher import EventPublisher, WrittenAt
from runtime.service.clock import Clock
from schemas.events.action_events import ActionTaken, Judgement
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from schemas.settings.desk import DeskSettings
from sinks.clickhouse.ask import Connection

_LOG: Final = logging.getLogger(__name__)
_SECRET_BYTES: Final = 32
_BOARD_ENDS_SECONDS: Final = 3.0
_FOUND: Final = 40


@contextmanager
def open_parts(
    kafka: KafkaSettings,
    clickhouse: ClickHouseSettings,
    desk: DeskSettings,
    facts: DeskFacts,
    *,
    metrics: DeskMetrics,
    application_id: str,
    judge: PlaybookJudge | None,
    stop: Event,
) -> Iterator[tuple[DeskParts, LiveBoard]]:
    """Open the parts of the pages, and close them when the block ends.

    Args:
        kafka: Where events go, and decisions come from.
        clickhouse: Where customers are read.
        desk: Users, sessions and proxy.
        facts: What pages say beside the data.
        metrics: Count what is written, read and refused.
        application_id: Names the sink's group, which says how far ClickHouse reaches.
        judge: Checks and evaluates changed playbooks; None where no decisions are made.
        stop: Set when the process must end.

    Raises:
        UsageError: The users file cannot be read.
    """
    users = UsersFile(desk.users_file)
    if not users.all():
        _LOG.warning("nobody can sign in: %s has no users; add one with: stayline desk user add NAME", desk.users_file)
    board = LiveBoard(kafka, clickhouse, application_id, Clock())
    following = Thread(target=board.run, args=(stop,), name="board", daemon=True)
    with (
        closing(KafkaAuditTrail(kafka)) as audit,
        closing(EventPublisher(kafka)) as publisher,
        closing(SharedConnection(clickhouse, metrics.reads_failed.inc)) as connection,
    ):
        following.start()
        try:
            parts = _parts(desk, facts, users, audit, publisher, connection, board, metrics, stop)
            yield replace(parts, trials=PlaybookTrials(judge, stop) if judge else None), board
        finally:
            stop.set()
            following.join(_BOARD_ENDS_SECONDS)


def _parts(
    desk: DeskSettings,
    facts: DeskFacts,
    users: UsersFile,
    audit: KafkaAuditTrail,
    publisher: EventPublisher,
    connection: SharedConnection,
    board: LiveBoard,
    metrics: DeskMetrics,
    stop: Event,
) -> DeskParts:
    secret = token_urlsafe(_SECRET_BYTES) if desk.secret is None else desk.secret.get_secret_value()
    address = desk.proxy_address
    return DeskParts(
        users=users,
        sessions=DeskSessions(users, secret, timedelta(hours=desk.session_hours)),
        limit=SignInLimit(),
        proxy=None if address is None else AuthenticatingProxy(str(address), desk.proxy_header),
        audit=audit,
        now=_now,
        pages=Pages(facts.currency, _now),
        facts=facts,
        sources=clickhouse_sources(connection, facts),
        board=board,
        streams=ChangeStreams(board, desk.open_pages, metrics.streams_refused.inc),
        publish=partial(_publish, publisher, metrics),
        metrics=metrics,
        recent=RecentEntries(),
        stop=stop,
        public_address=desk.public_address,
        claim_lasts=timedelta(minutes=desk.claim_minutes),
        sign_in_links=desk.sign_in_links,
    )


def _publish(publisher: EventPublisher, metrics: DeskMetrics, event: ActionTaken | Judgement) -> WrittenAt:
    with metrics.write(event.type):
        return publisher.publish(event)


def clickhouse_sources(connection: SharedConnection, facts: DeskFacts) -> DeskSources:
    """Return what pages read, bound to ClickHouse.

    Args:
        connection: Where it is read.
        facts: Say whose events mean that no contact is wished.
    """
    return DeskSources(
        customer=lambda name, now: connection.read(lambda client: customer_page(client, name, now, facts.never)),
        older=lambda name, before, limit: connection.read(lambda client: older_events(client, name, before, limit)),
        find=lambda text: connection.read(lambda client: find_customers(client, text, _FOUND)),
        effects=lambda: connection.read(_effects),
        action_effects=lambda: connection.read(action_effects),
        rule_uses=lambda: connection.read(rule_uses),
        groups=lambda: connection.read(customer_groups),
        listed=lambda wanted, limit, offset: connection.read(
            lambda client: listed_customers(client, wanted, limit, offset)
        ),
    )


def _effects(client: Connection) -> EffectFigures:
    return EffectFigures(
        action_effects(client),
        action_returns(client),
        depth_gains(client),
        quality_days(client),
        judgement_hits(client),
    )


def _now() -> datetime:
    return datetime.now(UTC)
