"""The published contract: the files in schemas/json follow from the code, and every reference resolves."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from deploy.contract import FOLDER, write_contract
from schemas.contract.asyncapi import CONTRACT_VERSION
from schemas.contract.json_schema import text_of
from schemas.events.raw_events import RAW_TOPICS
from tests.schemas.values import DOCUMENTS

META_SCHEMA = Path(__file__).parent / "asyncapi" / "3.0.0.json"
PAYLOADS = sorted(set(DOCUMENTS) - {"asyncapi.json"})
WORDS = {"title", "description"}
MODULE = re.compile(r"\b(?:runtime|schemas|customers|risk|streams|sinks|deploy)\.[a-z]")


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_the_published_file_follows_from_the_code(name: str) -> None:
    assert text_of(DOCUMENTS[name]) == (FOLDER / name).read_text("utf-8"), "run: python -m deploy.contract"


def test_no_published_file_is_left_over() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == set(DOCUMENTS)


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_published_version_changes_in_its_words_only(name: str) -> None:
    kept = json.loads((FOLDER / "published" / CONTRACT_VERSION / name).read_text("utf-8"))

    hint = "raise CONTRACT_VERSION in schemas/contract/asyncapi.py"
    assert _without_words(DOCUMENTS[name]) == _without_words(kept), hint


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_payload_is_a_valid_schema_named_by_its_file(name: str) -> None:
    Draft202012Validator.check_schema(DOCUMENTS[name])

    assert DOCUMENTS[name]["$id"] == name


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_field_of_every_payload_is_explained(name: str) -> None:
    for definition in [DOCUMENTS[name], *DOCUMENTS[name].get("$defs", {}).values()]:
        assert definition["description"]
        assert [field for field, schema in definition["properties"].items() if not schema["description"]] == []


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_no_document_names_a_python_module(name: str) -> None:
    assert MODULE.findall(text_of(DOCUMENTS[name])) == []


def test_the_asyncapi_document_satisfies_its_meta_schema() -> None:
    meta_schema = json.loads(META_SCHEMA.read_text("utf-8"))

    errors = [error.message for error in Draft7Validator(meta_schema).iter_errors(DOCUMENTS["asyncapi.json"])]

    assert errors == []


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_every_reference_leads_somewhere(name: str) -> None:
    assert [reference for reference in _references(DOCUMENTS[name]) if not _leads_somewhere(reference, name)] == []


def test_every_topic_has_a_channel_whose_address_is_its_name() -> None:
    channels = DOCUMENTS["asyncapi.json"]["channels"]

    assert set(channels) == {
        *RAW_TOPICS,
        *(
            "interactions",
            "dead_letters",
            "risk_scores",
            "training_examples",
            "model_epochs",
            "alerts",
            "decisions",
            "outcomes",
            "holes",
            "forgotten",
        ),
    }
    assert {name: channel["address"] for name, channel in channels.items()} == {name: name for name in channels}


def test_a_new_version_is_kept_once_and_never_written_again(tmp_path: Path) -> None:
    write_contract(tmp_path)
    kept = tmp_path / "published" / CONTRACT_VERSION / "purchase.json"
    kept.write_text("{}")

    write_contract(tmp_path)

    assert kept.read_text() == "{}"


def _leads_somewhere(reference: str, name: str) -> bool:
    file, _, pointer = reference.removeprefix("./").partition("#")
    target = DOCUMENTS.get(file or name)
    for part in pointer.strip("/").split("/") if pointer else ():
        target = None if target is None else target.get(part)
    return target is not None


def _references(node: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from _references(inner)


def _without_words(node: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(node, dict):
        return {key: _without_words(value) for key, value in node.items() if not _is_words(key, value)}
    return [_without_words(inner) for inner in node] if isinstance(node, list) else node


def _is_words(key: str, value: object) -> bool:
    return key in WORDS and isinstance(value, str)
