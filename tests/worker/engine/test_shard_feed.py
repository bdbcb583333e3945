"""A shard and a feed that falls silent: shown while it lasts, skipped by reviews, and over with the first event."""

import pytest

from schemas.events.interaction import Interaction
from schemas.moments import DAY_MS, HOUR_MS, from_ms, to_ms
from schemas.pages.feed_part import FeedPart
from schemas.pages.hourly_counts import HourlyCounts
from schemas.records.alert import decode_alert
from schemas.records.feed_hole import FeedHole, decode_hole
from schemas.records.score import decode_risk_score
from schemas.records.training_example import decode_training_example
from schemas.topics import ALERTS, HOLES, RISK_SCORES, TRAINING_EXAMPLES
from tests.kit.worker_pages import Sent, page_of, read_until
from tests.worker.engine.shards import START, Run, bought

DAYS = 40
CUSTOMERS = 60
PHONE = FeedPart("purchases", "channel", "phone")
HEARD_AGAIN = [bought(DAYS + 5.3, customer_id=customer_id) for customer_id in ("c", "c1", "c2", "c3", "c4", "c5")]
HEARD_EARLIER = [bought(DAYS + 2.3, customer_id=customer_id) for customer_id in ("c", "c1", "c2", "c3", "c4", "c5")]
YEARS_LATER = DAYS + 28 * 365
LINES = [
    bought(day + customer % 24 / 24, customer_id=f"c{customer}") for day in range(DAYS) for customer in range(CUSTOMERS)
]


def _hours_of(lines: list[Interaction]) -> HourlyCounts:
    counts: dict[int, int] = {}
    for line in lines:
        hour = to_ms(line.stamped_at) // HOUR_MS
        counts[hour] = counts.get(hour, 0) + 1
    return {"purchases": counts}


def _page(day: float, lines: list[Interaction]) -> Sent:
    """A page that completes the hours of its lines."""
    return page_of(lines, read_until(START + round(day * DAY_MS)), hours=_hours_of(lines))


def _page_of_parts(day: float, lines: list[Interaction]) -> Sent:
    """A page that completes the hours of its lines, and tells of their one channel."""
    hours = _hours_of(lines)
    return page_of(lines, read_until(START + round(day * DAY_MS)), hours=hours, parts={PHONE.text: hours["purchases"]})


def _page_of_others(day: float, lines: list[Interaction]) -> Sent:
    """The page that completes the same hours on a customer partition to which none of the lines goes."""
    return page_of([], read_until(START + round(day * DAY_MS)), hours=_hours_of(lines))


@pytest.fixture
def run() -> Run:
    """Every customer has bought once a day, at an hour of their own, for forty days."""
    return Run().fold([_page(DAYS, LINES)])


def test_a_silent_feed_is_shown_until_an_hour_with_an_event_is_over(run: Run) -> None:
    run.fold([_page(DAYS + 0.5, [])])
    assert run.counters.silent == {0: {}}

    run.fold([_page(DAYS + 5, [])])
    hole = run.counters.silent[0]["purchases"]
    assert hole.missing == pytest.approx(5 * CUSTOMERS, rel=0.1)

    run.fold([_page(DAYS + 5.5, HEARD_AGAIN)])
    assert run.counters.silent == {0: {}}
    assert hole.end == START + round((DAYS + 5.3) * DAY_MS) // HOUR_MS * HOUR_MS - START % HOUR_MS


def test_a_successor_knows_the_holes(run: Run) -> None:
    run.fold([_page(DAYS + 5, [])])
    before = run.counters.silent[0]
    run.hand_over()

    assert run.fold([_page(DAYS + 5, [])]).counters.silent[0] == before


def test_a_hole_is_published_once_it_is_over_and_never_again(run: Run) -> None:
    run.fold([_page(DAYS + 5, [])])
    assert run.batch.values(HOLES) == []

    run.fold([_page(DAYS + 5.5, HEARD_AGAIN)])
    run.hand_over()
    run.fold([_page(DAYS + 6, [bought(DAYS + 5.7)])])

    ((key, value, _),) = run.batch.records[HOLES]
    start = START + DAYS * DAY_MS
    hole = decode_hole(value)
    assert key == f"purchases/{start}".encode()
    assert hole == FeedHole(
        topic="purchases",
        starts_at=from_ms(start),
        known_at=from_ms(start + DAY_MS),
        ends_at=from_ms(start + 127 * HOUR_MS),
        missing=hole.missing,
    )
    assert hole.missing == pytest.approx(5.3 * CUSTOMERS, rel=0.1)


def test_a_channel_that_falls_silent_alone_is_shown_by_every_owner_until_it_is_heard_again() -> None:
    run = Run().fold([_page_of_parts(DAYS, LINES)])
    others = [bought(DAYS + hour / 24, customer_id="c1") for hour in range(48)]

    run.fold([_page(DAYS + 2, others)])
    run.hand_over()
    run.fold([_page(DAYS + 2, [])])

    ((part, hole),) = run.counters.silent_parts[0].items()
    assert (part, hole.start) == (PHONE, START + DAYS * DAY_MS)
    assert hole.missing == pytest.approx(2 * CUSTOMERS, rel=0.1)
    assert run.counters.silent == {0: {}}

    run.fold([_page_of_parts(DAYS + 2.5, HEARD_EARLIER)])
    assert run.counters.silent_parts == {0: {}}


@pytest.mark.parametrize("heartbeats", [[], [0.3, 1.2, 2.7, 5.0], [5.2], [5.3]])
def test_a_shard_of_other_customers_publishes_the_same_hole(run: Run, heartbeats: list[float]) -> None:
    run.fold([_page(DAYS + 5.5, HEARD_AGAIN)])

    other = Run().fold([_page_of_others(DAYS, LINES), *(_page(DAYS + day, []) for day in heartbeats)])
    other.fold([_page_of_others(DAYS + 6, HEARD_AGAIN)])

    assert not other.customers()
    assert other.batch.records[HOLES] == run.batch.records[HOLES] != []


def test_todays_event_after_decades_is_scored_without_reviews_of_the_empty_years(run: Run) -> None:
    scored = len(run.batch.values(RISK_SCORES))

    run.fold([page_of([bought(YEARS_LATER, customer_id="c1")], read_until(START + YEARS_LATER * DAY_MS))])
    run.finish(_page(YEARS_LATER, []))

    scores = [decode_risk_score(value) for value in run.batch.values(RISK_SCORES)[scored:]]
    assert len(scores) <= 2 * CUSTOMERS
    (today,) = [score for score in scores if to_ms(score.scored_at) == START + YEARS_LATER * DAY_MS]
    assert (today.customer_id, today.cause) == ("c1", "interaction")
    assert today.risk < 0.5


def test_questions_over_a_silent_feed_are_void_and_nobody_is_alerted(run: Run) -> None:
    run.batch.records.clear()

    run.fold([_page(DAYS + 2, [])])
    run.finish(_page(DAYS + 100, []))

    examples = [decode_training_example(value) for value in run.batch.values(TRAINING_EXAMPLES)]
    assert examples
    assert all(
        example.void == (example.asked_at.timestamp() * 1000 > START + (DAYS - 27) * DAY_MS) for example in examples
    )
    assert run.counters.void == sum(example.void for example in examples)
    raised = [alert for alert in map(decode_alert, run.batch.values(ALERTS)) if alert.state == "raised"]
    known_at = START + (DAYS + 1) * DAY_MS
    assert [alert for alert in raised if to_ms(alert.changed_at) >= known_at or not alert.decision_id] == []
