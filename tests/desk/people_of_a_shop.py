"""Customers as pages are given them: ordinary ones, and one whose every text tries to be a script."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from desk.reading.rows import (
    AlsoBought,
    BoughtArticle,
    CustomerPage,
    CustomerScore,
    CustomerTotals,
    RiskPoint,
    TimelineEntry,
    TimelineItem,
)
from schemas.records.decisions import GainInterval, RetentionDecision
from schemas.records.score import ReasonInWords

NOW: Final = datetime.now(UTC).replace(microsecond=0)
SCRIPT: Final = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
_DAY: Final = timedelta(days=1)
_REASONS: Final = (
    ReasonInWords("silence", 1.4, "Silent for 74 days, usually buys every 31."),
    ReasonInWords("complaint", 0.9, "A complaint about a late delivery has been open for 6 days."),
    ReasonInWords("returns", 0.4, "Sent back 2 of the last 5 articles as defective."),
)


def decision_for(customer_id: str, team: str = "care", *, text: str = "", gain: float = 46.0) -> RetentionDecision:
    """A call that is due the day after tomorrow."""
    return RetentionDecision(
        decision_id=f"d-{customer_id}",
        customer_id=customer_id,
        decided_at=NOW - timedelta(hours=3),
        action="call",
        held_out=False,
        propensity={"call": 0.9, "none": 0.1},
        policy_version="p1",
        rule=text or "complaint_first",
        expected_gain=gain,
        interval=GainInterval(gain - 25, gain + 30),
        cost=4.5,
        risk=0.81,
        value_at_risk=312.0,
        reasons=tuple(ReasonInWords(one.feature, one.effect, text or one.text) for one in _REASONS),
        what_changed=(text or "A contact about delivery was not resolved.", text or "Silent for longer than ever."),
        do_after=NOW - timedelta(hours=3),
        due_by=NOW + timedelta(days=2),
        team=team,
        channel=text or "phone",
        template="",
        segment="keep_at_all_costs",
    )


def customer(customer_id: str = "c-4711", *, text: str = "", entries: int = 60) -> CustomerPage:
    """A customer of two years who has a complaint; with ``text`` in every place that upstream or a person fills."""
    timeline = tuple(_entry(number, text) for number in range(entries))
    return CustomerPage(
        customer_id=customer_id,
        totals=_totals(),
        score=_score(text),
        segment_since=NOW - 9 * _DAY,
        alert_since=NOW - 3 * _DAY,
        risks=tuple(RiskPoint(NOW - (60 - n) * 12 * _DAY, (0.2 + 0.011 * n) % 0.95, "look_after") for n in range(61)),
        decision=decision_for(customer_id, text=text),
        timeline=timeline,
        has_older=False,
        bought=(
            BoughtArticle(
                sku=text or "kettle", category=text or "kitchen", units=2, amount=Decimal(118), last_bought_at=NOW
            ),
            BoughtArticle(sku="filter", category="kitchen", units=12, amount=Decimal(84), last_bought_at=NOW),
        ),
        also_bought=(AlsoBought(text or "kettle", text or "descaler", 212, 3.4),),
        open_complaint=_entry(2, text),
        contacts_in_30_days=1,
        wishes_no_contact=False,
        left_alone_since=None,
    )


def _totals() -> CustomerTotals:
    return CustomerTotals(
        first_seen=NOW - 730 * _DAY,
        last_seen=NOW - _DAY,
        first_purchase_at=NOW - 730 * _DAY,
        last_purchase_at=NOW - 74 * _DAY,
        purchases=22,
        revenue=Decimal("1894.80"),
        units=61,
        returns=3,
        refunds=Decimal("112.00"),
        contacts=5,
        unresolved=1,
        last_satisfaction=2,
    )


def _score(text: str) -> CustomerScore:
    return CustomerScore(
        scored_at=NOW - timedelta(hours=3),
        risk=0.81,
        value_at_risk=312.0,
        yearly_margin=385.0,
        segment=text or "keep_at_all_costs",
        life_cycle=text or "slipping",
        value_tier=text or "high",
        reasons=tuple(ReasonInWords(one.feature, one.effect, text or one.text) for one in _REASONS),
        model_version="m1",
        nothing=0.81,
        less=0.09,
        usual=0.07,
        more=0.03,
        expected_at=NOW + 30 * _DAY,
        earliest_at=NOW + 6 * _DAY,
        latest_at=NOW + 80 * _DAY,
    )


def _entry(number: int, text: str) -> TimelineEntry:
    """Entries of so many times eleven days ago: six kinds of entries, one after the other."""
    at, name = NOW - number * 11 * _DAY - timedelta(hours=number % 7), f"e-{number}"
    match number % 6:
        case 0:
            by, note = text or "ann", text or "Sounded tired."
            return TimelineEntry(kind="judgement", at=at, id=name, by=by, sentiment=-1, likely_to_leave=True, note=note)
        case 1:
            by = text or "leo"
            return TimelineEntry(kind="action_taken", at=at, id=name, action="call", result="no_answer", by=by)
        case 2:
            return _contact(at, name, text)
        case 3:
            sent = (TimelineItem(text or "kettle", 1, Decimal("29.90")),)
            return TimelineEntry(
                kind="return", at=at, id=name, amount=Decimal("29.90"), units=1, reason=text or "defective", items=sent
            )
        case _:
            kettle = TimelineItem(text or "kettle", 1, Decimal("59.00"), text or "kitchen")
            items = (kettle, TimelineItem("filter", 2, Decimal("27.40"), "kitchen"))
            return TimelineEntry(
                kind="purchase", at=at, id=name, amount=Decimal("86.40"), units=3, channel=text or "web", items=items
            )


def _contact(at: datetime, name: str, text: str) -> TimelineEntry:
    return TimelineEntry(
        kind="support_contact",
        at=at,
        id=name,
        channel=text or "phone",
        topic=text or "delivery",
        direction="inbound",
        resolved=False,
        wait_seconds=340.0,
        satisfaction=2,
        note=text or "Third time that the parcel came late.",
    )
