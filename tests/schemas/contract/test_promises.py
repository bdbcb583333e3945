"""Published versions of the contract stay valid: everything that they allowed is still accepted.

What may be published, and what lies on topics and in tables, is accepted for ever, whatever the major version. What is
written today is read by readers of the same major version; a new one says in CHANGELOG.md what readers must change.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.contract import FOLDER
from schemas.contract.asyncapi import CONTRACT_VERSION
from schemas.contract.compatibility import breaking_changes
from schemas.events.raw_events import EVENT_CLASSES, EventType
from tests.kit.suite.cases import cases
from tests.schemas.values import DOCUMENTS, values_of

MAJOR = CONTRACT_VERSION.partition(".")[0]
PUBLISHED = sorted((FOLDER / "published").iterdir())
SAME_MAJOR = [folder for folder in PUBLISHED if folder.name.partition(".")[0] == MAJOR]
RECORD_NAMES = ("interaction", "dead_letter", "risk_score", "training_example", "model", "alert")
EVENTS = [(folder, kind) for folder in PUBLISHED for kind in EVENT_CLASSES if (folder / f"{kind}.json").exists()]
RECORDS = [(folder, name) for folder in PUBLISHED for name in RECORD_NAMES]
READERS = [(folder, name) for folder in SAME_MAJOR for name in RECORD_NAMES]


def _published(folder: Path, name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((folder / f"{name}.json").read_text("utf-8"))
    return schema


def _named(value: object) -> str:
    return value.name if isinstance(value, Path) else str(value)


def test_this_version_is_among_the_promised_ones() -> None:
    assert CONTRACT_VERSION in [folder.name for folder in PUBLISHED]


def test_a_new_major_version_tells_readers_what_changes_for_them() -> None:
    changelog = (Path(__file__).parents[3] / "CHANGELOG.md").read_text("utf-8")
    assert f"Contract {MAJOR}.0.0" in changelog


@pytest.mark.parametrize(("folder", "kind"), EVENTS, ids=_named)
def test_no_change_refuses_an_event_that_was_promised_to_be_taken(folder: Path, kind: EventType) -> None:
    assert breaking_changes(_published(folder, kind), DOCUMENTS[f"{kind}.json"]) == []


@pytest.mark.parametrize(("folder", "name"), RECORDS, ids=_named)
def test_a_record_written_then_is_still_read(folder: Path, name: str) -> None:
    assert breaking_changes(_published(folder, name), DOCUMENTS[f"{name}.json"]) == []


@pytest.mark.parametrize(("folder", "name"), READERS, ids=_named)
def test_a_reader_of_the_same_major_version_still_reads_the_records_of_today(folder: Path, name: str) -> None:
    assert breaking_changes(DOCUMENTS[f"{name}.json"], _published(folder, name)) == []


@pytest.mark.parametrize("folder", PUBLISHED, ids=_named)
def test_a_reader_of_alerts_of_any_version_still_reads_those_of_today(folder: Path) -> None:
    assert breaking_changes(DOCUMENTS["alert.json"], _published(folder, "alert")) == []


@pytest.mark.parametrize(("folder", "kind"), EVENTS, ids=_named)
@settings(max_examples=cases(100, usual=10), suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_events_drawn_from_a_promised_schema_are_taken_today(
    folder: Path, kind: EventType, data: st.DataObject
) -> None:
    schema = _published(folder, kind)
    event = data.draw(values_of(schema, schema))

    EVENT_CLASSES[kind].model_validate_json(json.dumps(event))
