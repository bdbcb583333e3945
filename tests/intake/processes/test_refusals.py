"""Whatever is published, it becomes a dead letter with its reason and its own bytes, and good events pass it by."""

import json
from collections.abc import Iterator

import pytest

from deploy.local.kafka import KafkaCluster
from tests.intake.messages import purchase
from tests.intake.processes.scenario import IntakeScenario, Reader

pytestmark = pytest.mark.servers

ITEM = {"sku": "tea", "quantity": 1, "unit_price": 1}

BAD: dict[str, tuple[bytes | None, str]] = {
    "no JSON": (b"hello", "not_json"),
    "half a message": (purchase("b")[:-5], "not_json"),
    "nothing in it": (b"", "not_json"),
    "no value at all": (None, "not_json"),
    "no UTF-8": (b'{"event_id": "\xff\xfe"}', "not_json"),
    "a lone surrogate": (purchase("b", campaign="X").replace(b'"X"', b'"\\ud800"'), "not_json"),
    "nested too deep": (b"[" * 20_000 + b"]" * 20_000, "not_json"),
    "an array": (b"[" + purchase("b") + b"]", "invalid"),
    "a number": (b"17", "invalid"),
    "null": (b"null", "invalid"),
    "a wrong type": (purchase("b", order_id=[17]), "invalid"),
    "a missing field": (purchase("b").replace(b"order_id", b"extra_id"), "invalid"),
    "an unknown field": (purchase("b", colour="red"), "invalid"),
    "the type of another topic": (purchase("b", type="return"), "invalid"),
    "a negative quantity": (purchase("b", items=[{**ITEM, "quantity": -1}]), "invalid"),
    "not a number": (purchase("b", items=[{**ITEM, "unit_price": float("nan")}]), "invalid"),
    "infinite money": (purchase("b", items=[{**ITEM, "unit_price": "Infinity"}]), "invalid"),
    "a huge number": (purchase("b", items=[{**ITEM, "unit_price": 10**400}]), "invalid"),
    "a huge exponent": (purchase("b", items=[{**ITEM, "unit_price": "1e999999999"}]), "invalid"),
    "no items": (purchase("b", items=[]), "invalid"),
    "a long event id": (purchase("x" * 65), "invalid"),
    "no event id": (purchase(""), "invalid"),
    "a date without offset": (purchase("b", occurred_at="2026-03-01T12:00:00"), "invalid"),
    "a date that is a number": (purchase("b", occurred_at="1772366400"), "invalid"),
    "a small text where one is too long": (purchase("b", campaign="x" * 50_000), "invalid"),
    "a date in the future": (purchase("b", occurred_at="2026-03-01T12:06:00Z"), "from_the_future"),
    "a date too old": (purchase("b", occurred_at="2015-03-01T12:00:00Z"), "too_old"),
    "an unknown currency": (purchase("b", currency="XXX"), "unknown_currency"),
    "a megabyte of text": (purchase("b", campaign="x" * 1_048_576), "too_large"),
    "nearly two megabytes": (bytes(range(256)) * 8_000, "too_large"),
}
GOOD = len(BAD) + 1


@pytest.fixture(scope="module")
def read(kafka: KafkaCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    scenario = IntakeScenario(kafka.bootstrap_servers, tmp_path_factory.mktemp("refusals"))
    values: list[bytes | None] = [purchase("good-0")]
    for number, (value, _) in enumerate(BAD.values(), 1):
        values += [value, purchase(f"good-{number}")]
    scenario.publish(values)
    with scenario.intake():
        scenario.see_events(GOOD)
    scenario.reader.read()
    yield scenario.reader
    scenario.close()


def _place(kind: str) -> int:
    return 1 + 2 * list(BAD).index(kind)


@pytest.mark.parametrize("kind", BAD)
def test_it_is_refused_with_its_reason_and_its_own_bytes(read: Reader, kind: str) -> None:
    value, reason = BAD[kind]
    place = _place(kind)
    letters = [letter for letter in read.letters if (letter.partition, letter.offset) == (place % 3, place // 3)]
    assert [(letter.reason, letter.original, letter.key_base64) for letter in letters] == [
        (reason, value or b"", "aw==")
    ]


def test_every_bad_message_has_one_letter(read: Reader) -> None:
    assert len(read.letters) == len(BAD)


def test_good_events_pass_the_bad_ones_by(read: Reader) -> None:
    assert sorted(name for _, name in read.events) == sorted(f"good-{number}" for number in range(GOOD))


def test_invalid_letters_hold_what_pydantic_says(read: Reader) -> None:
    details = [json.loads(letter.detail) for letter in read.letters if letter.reason == "invalid"]
    assert all(problem["msg"] for problems in details for problem in problems)
