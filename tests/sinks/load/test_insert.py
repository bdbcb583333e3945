"""Page bytes into tables: exactly, once, and loudly where they do not fit."""

from datetime import timedelta
from decimal import Decimal
from itertools import combinations, permutations

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from schemas.errors import FatalError
from schemas.events.dead_letter import MAX_ORIGINAL_BYTES, Refusal, dead_letter_of, encode_dead_letter
from schemas.events.interaction import Interaction, Item, encode_interaction
from schemas.pages.page import encode_lines
from schemas.records.encode import encode_record
from schemas.settings.connections import ClickHouseSettings
from sinks.load.insert import insert
from tests.sinks.records import (
    NOON,
    action,
    alert,
    contact,
    decision,
    example,
    hole,
    judgement,
    look_at,
    outcome,
    purchase,
    returned,
    score,
)

pytestmark = pytest.mark.servers

MILLISECOND = timedelta(milliseconds=1)

EXTREME = purchase(
    "extreme",
    occurred_at=NOON + timedelta(microseconds=1000),
    source_partition=999,
    source_offset=2**62,
    original_amount=Decimal("500000000000000000000.123456789"),
    amount=Decimal("0E-9"),
    units=500_000_000,
    items=(
        Item("a", 1_000_000, Decimal("999999999999.999999999"), Decimal("1E-9"), Decimal("1E-7"), "Schuhe 👟"),
        Item("b", 1, Decimal("0E-9"), Decimal("1.10"), Decimal(0)),
    ),
    campaign="spring\nsale\t\\ \"'",
    extra={"ключ": "値\u2028\x00", "": "empty key", "quote\"'": "\\n"},
)
TALKATIVE = contact(
    "talkative",
    topic="заказ",
    resolved=None,
    wait_seconds=1e-7,
    satisfaction=1,
    sentiment=-2,
    likely_to_leave=True,
    note='first line\nsecond\r\n\t"quoted" {"event_id": "x"}\u0000 😀',
)
SILENT = contact("silent", resolved=True, wait_seconds=0.0, satisfaction=5, sentiment=0, likely_to_leave=False)

CALLED = action("called", decision_id="d-1", by="Zoë", result="no_answer", note="«später»", extra={"consent": "no"})
JUDGED = judgement("judged", by="store-12/jonas", sentiment=-2, likely_to_leave=False, note='"never again"')


def put(client: Client, database: ClickHouseSettings, *interactions: Interaction) -> None:
    lines = encode_lines([encode_interaction(interaction) for interaction in interactions])
    insert(client, database, "interactions", lines)


def kept(client: Client) -> list[Interaction]:
    rows = client.query("SELECT * FROM interactions FINAL ORDER BY event_id").named_results()
    return [msgspec.convert(row, Interaction) for row in rows]


@pytest.mark.parametrize(
    "interaction", [purchase("p"), returned("r"), contact("s"), EXTREME, TALKATIVE, SILENT, CALLED, JUDGED]
)
def test_an_interaction_arrives_exactly(client: Client, database: ClickHouseSettings, interaction: Interaction) -> None:
    put(client, database, interaction)
    assert kept(client) == [interaction]


def test_the_same_page_twice_is_one_row_an_event(client: Client, database: ClickHouseSettings) -> None:
    for _ in range(2):
        put(client, database, purchase("a"), EXTREME, TALKATIVE)
    assert kept(client) == [purchase("a"), EXTREME, TALKATIVE]


def test_pieces_are_one_insert_in_their_order(client: Client, database: ClickHouseSettings) -> None:
    lines = encode_lines([encode_interaction(purchase(name)) for name in "abc"])
    insert(client, database, "interactions", lines[:700], lines[700:701], lines[701:])
    assert kept(client) == [purchase("a"), purchase("b"), purchase("c")]
    parts = "SELECT count() FROM system.parts WHERE database = currentDatabase() AND table = 'interactions' AND active"
    assert client.query(parts).result_rows == [(1,)]


def test_whatever_order_duplicates_come_in_the_first_stamped_stays(
    client: Client, database: ClickHouseSettings
) -> None:
    first = purchase("same", "c1", stamped_at=NOON, source_partition=7, source_offset=900)
    copies = [
        first,
        purchase("same", "c2", stamped_at=NOON + MILLISECOND, source_offset=1, amount=Decimal(1)),
        purchase("same", "c1", stamped_at=NOON + timedelta(days=400), source_offset=901, amount=Decimal(2)),
        purchase("same", "c1", stamped_at=NOON, source_partition=7, source_offset=901, amount=Decimal(3)),
    ]
    for order in permutations(copies):
        client.command("TRUNCATE TABLE interactions")
        for copy in order:
            put(client, database, copy)
        assert kept(client) == [first]


def test_of_copies_taken_at_the_same_moment_and_offset_the_same_one_stays_whatever_their_order(
    client: Client, database: ClickHouseSettings
) -> None:
    copies = [purchase("same"), returned("same"), contact("same"), action("same"), judgement("same")]
    for earlier, later in combinations(copies, 2):
        for order in ((earlier, later), (later, earlier)):
            client.command("TRUNCATE TABLE interactions")
            for copy in order:
                put(client, database, copy)
            assert kept(client) == [later]


def test_merging_keeps_the_same_copy_as_final(client: Client, database: ClickHouseSettings) -> None:
    put(client, database, purchase("same", stamped_at=NOON + MILLISECOND, amount=Decimal(1)))
    put(client, database, purchase("same"))
    put(client, database, purchase("same", stamped_at=NOON + MILLISECOND, amount=Decimal(2)))
    client.command("OPTIMIZE TABLE interactions FINAL")
    assert client.query("SELECT amount FROM interactions").result_rows == [(Decimal("20.000000000"),)]


def test_records_of_the_worker_arrive_exactly(client: Client, database: ClickHouseSettings) -> None:
    records = {
        "risk_scores": score(risk=1e-300),
        "training_examples": example("c1", left=True, risk=0.5),
        "alerts": alert("c1 ü"),
        "decisions": decision("c1 ü"),
        "outcomes": outcome("c1 ü"),
        "desk_audit": look_at("c1 ü"),
        "holes": hole(),
    }
    for table, record in records.items():
        for _ in range(2):
            insert(client, database, table, encode_record(record))
        rows = list(client.query(f"SELECT * FROM {table} FINAL").named_results())  # noqa: S608 - names above
        assert [msgspec.convert(row, type(record)) for row in rows] == [record]


def test_the_bytes_of_a_dead_letter_come_back(client: Client, database: ClickHouseSettings) -> None:
    value = bytes(range(256)) * (MAX_ORIGINAL_BYTES // 256)
    letter = dead_letter_of(
        Refusal("not_json", "line 1: what?"),
        topic="purchases",
        partition=3,
        offset=42,
        refused_at=NOON,
        key=b"\xff",
        value=value,
    )
    insert(client, database, "dead_letters", encode_dead_letter(letter))
    rows = client.query(
        "SELECT hex(original), original_size, reason, detail, refused_at FROM dead_letters FINAL"
    ).result_rows
    assert rows == [(value.hex().upper(), len(value), "not_json", "line 1: what?", NOON)]


@pytest.mark.parametrize(
    "line",
    [
        b'{"event_id": "a", "no_such_field": 1}\n',
        b'{"event_id": "a", "items": [{"sku": "x", "colour": "red"}]}\n',
        b'{"event_id": "a", "amount": "much"}\n',
        b"not json\n",
    ],
)
def test_lines_that_do_not_fit_stop_with_the_table_named(
    client: Client, database: ClickHouseSettings, line: bytes
) -> None:
    with pytest.raises(FatalError, match="inserting into interactions: ClickHouse refuses"):
        insert(client, database, "interactions", line)
    assert kept(client) == []
