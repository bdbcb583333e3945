"""Dead letters, found again by what a person knows of them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from clickhouse_connect.driver.client import Client

from deploy.local.clickhouse import ClickHouse
from schemas.events.dead_letter import DeadLetter, Reason, Refusal, dead_letter_of, encode_dead_letter
from sinks.clickhouse.client import open_client
from sinks.load.insert import insert
from sinks.queries.dead_letters import DeadLetterFilter, find_dead_letters
from tests.sinks.records import NOON
from tests.sinks.running import new_database

pytestmark = pytest.mark.servers


def letter(offset: int, reason: Reason, topic: str = "purchases", value: bytes | None = None) -> DeadLetter:
    return dead_letter_of(
        Refusal(reason, f"detail of {offset}"),
        topic=topic,
        partition=1,
        offset=offset,
        refused_at=NOON + timedelta(hours=offset),
        key=b"k",
        value=b"\x00\xff" + str(offset).encode() if value is None else value,
    )


LETTERS = [
    letter(0, "not_json"),
    letter(1, "invalid"),
    letter(2, "invalid", "returns"),
    letter(3, "not_json"),
    letter(4, "invalid", "judgements", b'{"event_id" : "e-1"}'),
    letter(5, "invalid", "judgements", b'{"event_id": 4711}'),
    letter(6, "unprocessable", "interactions", b'{"event_id":"e-1x"}\n{"event_id":"e-2"}\n'),
]


@pytest.fixture(scope="module")
def client(clickhouse: ClickHouse) -> Iterator[Client]:
    """A database that has every letter twice."""
    database = new_database(clickhouse)
    with open_client(database) as opened:
        for _ in range(2):
            insert(opened, database, "dead_letters", b"\n".join(encode_dead_letter(one) for one in LETTERS))
        yield opened


@pytest.mark.parametrize(
    ("wanted", "offsets"),
    [
        (DeadLetterFilter(), [6, 5, 4, 3, 2, 1, 0]),
        (DeadLetterFilter(reason="invalid"), [5, 4, 2, 1]),
        (DeadLetterFilter(topic="purchases", reason="invalid"), [1]),
        (DeadLetterFilter(topic="purchases", partition=1, offset=3), [3]),
        (DeadLetterFilter(partition=0), []),
        (DeadLetterFilter(since=NOON + timedelta(hours=1), until=NOON + timedelta(hours=3)), [2, 1]),
        (DeadLetterFilter(reason="' OR 1 = 1 --"), []),
        (DeadLetterFilter(event_id="e-1"), [4]),
        (DeadLetterFilter(event_id="4711"), [5]),
        (DeadLetterFilter(event_id="e-2"), [6]),
        (DeadLetterFilter(event_id="e"), []),
    ],
)
def test_letters_are_found_by_what_is_known_of_them(
    client: Client, wanted: DeadLetterFilter, offsets: list[int]
) -> None:
    assert [found.offset for found in find_dead_letters(client, wanted, 10)] == offsets


def test_a_letter_found_is_the_letter_that_was_written(client: Client) -> None:
    assert find_dead_letters(client, DeadLetterFilter(), 2) == [LETTERS[6], LETTERS[5]]
