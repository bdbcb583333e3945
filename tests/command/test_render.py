"""Customers as a terminal shows them: as of when, and what is older than a day."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from rich.console import Console

from schemas.events.dead_letter import Refusal, dead_letter_of
from sinks.queries.customers import CustomerOutlook, CustomerProfile, RecentInteraction
from streams.command.render import next_purchase_of, show_interactions, show_outlook, show_profile, show_refusals

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def _profile(scored_at: datetime | None = NOW, last_purchase_at: datetime | None = NOW - 87 * DAY) -> CustomerProfile:
    return CustomerProfile(
        customer_id="ann [x]",
        first_seen=NOW - 300 * DAY,
        last_seen=NOW - 87 * DAY,
        first_purchase_at=NOW - 300 * DAY,
        last_purchase_at=last_purchase_at,
        usual_gap_days=11.8,
        purchases=19,
        revenue=Decimal(300),
        units=20,
        returns=0,
        refunds=Decimal(0),
        contacts=0,
        unresolved=0,
        last_satisfaction=None,
        scored_at=scored_at,
        risk=None if scored_at is None else 0.92,
        value_at_risk=None if scored_at is None else 12.0,
        segment="win_back",
        reasons=(),
        model_version="m1",
        alert_state="",
        alert_changed_at=None,
    )


def _outlook(expected: float, latest: float) -> CustomerOutlook:
    return CustomerOutlook(
        customer_id="ann",
        scored_at=NOW - 20 * DAY,
        nothing=0.5,
        less=0.1,
        usual=0.3,
        more=0.1,
        expected_at=NOW + expected * DAY,
        earliest_at=NOW - 19 * DAY,
        latest_at=NOW + latest * DAY,
    )


def _shown(profile: CustomerProfile, as_of: datetime = NOW, now: datetime = NOW) -> list[str]:
    out = StringIO()
    show_profile(Console(file=out, width=200), profile, "EUR", 90.0, as_of, now)
    return out.getvalue().splitlines()


def test_the_first_line_says_as_of_when_it_holds() -> None:
    assert _shown(_profile())[0] == "ann [x] as of 2026-06-30 12:00 UTC"


def test_the_first_line_says_how_much_older_the_score_is() -> None:
    assert _shown(_profile(NOW - 27 * DAY))[0].endswith("UTC, scored on 2026-06-03, 27 days before")
    assert _shown(_profile(NOW - DAY))[0].endswith("12:00 UTC")


def test_the_first_line_says_that_the_log_ended_long_ago() -> None:
    assert _shown(_profile(), now=NOW + 400 * DAY)[0].endswith("UTC, where the log ends, 400 days ago")


def test_silence_is_counted_up_to_the_end_of_the_log_though_the_score_is_older() -> None:
    (last,) = [line for line in _shown(_profile(NOW - 27 * DAY)) if line.startswith("Last one")]

    assert last.split(maxsplit=2)[2] == "on 2026-04-04, 87 days ago; 12 days between purchases on average"


def test_a_purchase_of_today_is_within_a_day() -> None:
    assert any("on 2026-06-30, within a day" in line for line in _shown(_profile(last_purchase_at=NOW)))


def test_who_was_never_scored_has_no_risk() -> None:
    assert not [line for line in _shown(_profile(None)) if line.startswith(("Risk", "Segment"))]


@pytest.mark.parametrize(
    ("expected", "latest", "told"),
    [
        (2, 9, "If they buy: about 2026-07-02, in four of five cases from 2026-06-11 to 2026-07-09"),
        (-2, 9, "The next purchase was expected about 2026-06-28; if they buy, in nine of ten cases by 2026-07-09"),
        (-9, -2, "The next purchase was expected by 2026-06-28; it has not come"),
    ],
)
def test_a_next_purchase_that_has_passed_was_expected(expected: float, latest: float, told: str) -> None:
    assert next_purchase_of(_outlook(expected, latest), NOW) == told


def test_an_outlook_says_how_old_it_is() -> None:
    out = StringIO()
    show_outlook(Console(file=out, width=200), _outlook(2, 9), 90.0, NOW)

    assert out.getvalue().startswith("Within 90 days of 2026-06-10, 20 days before: nothing 50%")


def test_an_action_is_shown_with_its_result_and_who_did_it() -> None:
    called = RecentInteraction(
        event_id="a-1",
        type="action_taken",
        occurred_at=NOW,
        order_id="",
        currency="",
        original_amount=Decimal(0),
        amount=Decimal(0),
        units=0,
        channel="",
        reason="",
        topic="",
        resolved=None,
        satisfaction=None,
        action="call",
        result="no_answer",
        by="ann [x]",
    )
    out = StringIO()

    show_interactions(Console(file=out, width=200), [called])

    assert out.getvalue().splitlines()[-1] == "2026-06-30 12:00  action taken          call, no answer, by ann [x]"


def test_the_trace_of_a_refused_event_says_why_and_where_it_lies() -> None:
    out = StringIO()
    letter = dead_letter_of(
        Refusal("too_large", "the message has 9 bytes"),
        topic="purchases",
        partition=3,
        offset=17,
        refused_at=NOW,
        key=b"",
        value=b"",
    )
    show_refusals(Console(file=out, width=80), "e-1", [letter])

    assert out.getvalue().splitlines() == [
        "e-1 was refused at 2026-06-30 12:00:00: too_large, the message has 9 bytes",
        "  it lies at purchases/3/17: stayline dead-letters show purchases 3 17",
    ]
