"""Reads one customer by key: events, scores and decisions, and what follows from them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from desk.reading.decisions import decisions_of
from desk.reading.events import EVENTS_READ, events_of
from desk.reading.kept_articles import kept_articles
from desk.reading.pressure import contacts_within, left_alone_since, wishes_no_contact
from desk.reading.rows import AlsoBought, CustomerPage, CustomerScore, RiskPoint, TimelineEntry
from schemas.records.decisions import RetentionDecision
from sinks.clickhouse.ask import Connection, ask

_POINTS: Final = 400
_ARTICLES: Final = 12
_ALSO_BOUGHT: Final = 6

_SCORES: Final = """
SELECT
    scored_at, risk, value_at_risk, yearly_margin, segment, life_cycle, value_tier, reasons, model_version,
    outlook.nothing AS nothing, outlook.less AS less, outlook.usual AS usual, outlook.more AS more,
    next_purchase.expected_at AS expected_at, next_purchase.earliest_at AS earliest_at,
    next_purchase.latest_at AS latest_at,
    CAST(
        arrayMap(
            one -> (one.1, one.3, one.4),
            arrayReverseSort(
                one -> (one.1, one.2), groupArray((scored_at, cause = 'interaction', risk, segment)) OVER ()
            )
        ),
        'Array(Tuple(at DateTime64(3, \\'UTC\\'), risk Float64, segment String))'
    ) AS points
FROM
(
    SELECT *
    FROM risk_scores FINAL
    WHERE customer_id = {customer_id:String}
    ORDER BY scored_at DESC, cause = 'interaction' DESC
    LIMIT {limit:UInt32}
)
ORDER BY scored_at DESC, cause = 'interaction' DESC
LIMIT 1
SETTINGS max_threads = 1
"""

_ALSO: Final = """
SELECT sku, other, buyers, lift
FROM also_bought
WHERE sku IN {skus:Array(String)} AND other NOT IN {skus:Array(String)}
ORDER BY lift DESC, buyers DESC, other
LIMIT 1 BY other
LIMIT {limit:UInt32}
SETTINGS max_threads = 1
"""


class _LatestScore(CustomerScore, frozen=True, kw_only=True):
    """The latest score, and the latest points of the plot, the latest first."""

    points: tuple[RiskPoint, ...]

    @property
    def score(self) -> CustomerScore:
        """Return the score alone."""
        return CustomerScore(**{name: getattr(self, name) for name in CustomerScore.__struct_fields__})


def customer_page(
    client: Connection, customer_id: str, now: datetime, never: Mapping[str, str] = {}
) -> CustomerPage | None:
    """Return what the page of a customer shows, or None if nothing is known of one of this name.

    Args:
        client: A connection to the database.
        customer_id: The customer.
        now: The present, UTC.
        never: Names and values of ``extra`` of those who must not be contacted, as in the playbook.
    """
    events, totals = events_of(client, customer_id)
    if totals is None:
        return None
    told = decisions_of(client, customer_id)
    latest = next(iter(ask(client, _SCORES, _LatestScore, customer_id=customer_id, limit=_POINTS)), None)
    points = () if latest is None else latest.points
    bought = kept_articles(events)
    timeline = sorted((*events, *map(_entry, told.decisions)), key=lambda one: (one.at, one.id), reverse=True)
    return CustomerPage(
        customer_id=customer_id,
        totals=totals,
        score=None if latest is None else latest.score,
        segment_since=_segment_since(points),
        alert_since=told.alert_since,
        risks=points[::-1],
        decision=told.standing(now),
        timeline=tuple(timeline),
        has_older=len(events) == EVENTS_READ,
        bought=bought[:_ARTICLES],
        also_bought=_also_bought(client, [article.sku for article in bought]),
        open_complaint=_open_complaint(events),
        contacts_in_30_days=contacts_within(events, told.decisions, now),
        wishes_no_contact=wishes_no_contact(events, never),
        left_alone_since=left_alone_since(events),
    )


def _entry(decision: RetentionDecision) -> TimelineEntry:
    return TimelineEntry(
        kind="decision",
        at=decision.decided_at,
        id=decision.decision_id,
        decision_id=decision.decision_id,
        action=decision.action,
        channel=decision.channel,
        risk=decision.risk,
        reasons=decision.reasons,
        due_by=decision.due_by,
        expected_gain=decision.expected_gain,
    )


def _segment_since(points: Sequence[RiskPoint]) -> datetime | None:
    """Return since when the segment is that of the latest point, by points of which the latest is first."""
    since = None
    for point in points:
        if point.segment != points[0].segment:
            break
        since = point.at
    return since


def _also_bought(client: Connection, skus: list[str]) -> tuple[AlsoBought, ...]:
    if not skus:
        return ()
    return tuple(ask(client, _ALSO, AlsoBought, skus=skus, limit=_ALSO_BOUGHT))


def _open_complaint(events: tuple[TimelineEntry, ...]) -> TimelineEntry | None:
    """Return the latest unresolved contact unless a later one ended well; the latest event is first."""
    for event in events:
        if event.kind == "support_contact" and event.resolved is not None:
            return None if event.resolved else event
    return None
