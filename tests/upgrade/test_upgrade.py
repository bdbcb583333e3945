"""Upgrades: states, models and pages of earlier versions are read with their meaning."""

import json
from base64 import b64decode
from typing import Any

import msgspec
import pytest

from customers.encoding.encode import StateError, clock_of, decode_customer, due_of, encode_customer
from customers.encoding.upgrade import UPGRADES, Layout, upgraded
from customers.state import STATE_VERSION, Customer
from schemas.events.interaction import Interaction
from schemas.pages.page import Page, decode_headers, decode_lines
from tests.upgrade.write import FOLDER, state_document

DUE = bytes(8)


def _kept(kind: str) -> list[Any]:
    documents = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob(f"{kind}-*.json"))}
    return [
        pytest.param(kept, id=f"{stem}: {name}")
        for stem, all_kept in documents.items()
        for name, kept in all_kept.items()
    ]


def _with_bytes(layout: Layout) -> Layout:
    """Restore the bytes of feature snapshots and event hashes, which JSON holds as text; the version tells where."""
    place, features = (23, 4) if layout[0] < 3 else (25, 3)
    names = layout[21:23] if layout[0] < 3 else [layout[21], b64decode(layout[22])]
    questions = [
        [*question[:features], b64decode(question[features]), *question[features + 1 :]] for question in layout[place]
    ]
    return [*layout[:21], *names, *layout[23:place], questions, *layout[place + 1 :]]


@pytest.mark.parametrize("kept", _kept("states"))
def test_a_state_written_by_any_version_is_read_as_it_was_meant(kept: dict[str, Any]) -> None:
    encoded = b64decode(kept["encoded"])
    meant = upgraded(_with_bytes(kept["means"]), STATE_VERSION, UPGRADES)
    assert decode_customer(encoded) == msgspec.convert(meant, Customer, builtin_types=(bytes,))
    assert due_of(encoded) == kept["due"]
    assert clock_of(encoded) == decode_customer(encoded).clock


@pytest.mark.parametrize("kept", _kept("pages"))
def test_a_page_written_by_any_version_is_read_as_it_was_meant(kept: dict[str, Any]) -> None:
    headers = {name: b64decode(value) for name, value in kept["headers"].items()}
    assert decode_headers(headers) == msgspec.convert(kept["means"]["page"], Page)
    assert decode_lines(b64decode(kept["value"])) == msgspec.convert(kept["means"]["lines"], list[Interaction])


def test_there_is_an_upgrade_for_every_version_that_ever_was() -> None:
    assert sorted(UPGRADES) == list(range(1, STATE_VERSION))


def _purchases_came_last(layout: Layout) -> Layout:
    """Return a state of a version 0 that kept the number of purchases at its end."""
    *fields, purchases = layout
    return [*fields[:8], purchases, *fields[8:]]


def _as_it_is(layout: Layout) -> Layout:
    return layout


def _version_0(customer: Customer) -> bytes:
    fields = list(msgspec.to_builtins(customer, builtin_types=(bytes,)))
    purchases = fields.pop(8)
    return DUE + msgspec.msgpack.encode([0, *fields[1:], purchases])


def test_a_state_of_an_older_layout_is_upgraded_when_it_is_read() -> None:
    customer = decode_customer(b64decode(state_document()["alert raised"]["encoded"]))
    upgrades = {0: _purchases_came_last, **dict.fromkeys(range(1, STATE_VERSION), _as_it_is)}
    assert decode_customer(_version_0(customer), upgrades) == customer


def test_upgrades_follow_each_other_version_by_version() -> None:
    upgrades = {0: lambda layout: [*layout, "one"], 1: lambda layout: [*layout, "two"]}
    assert upgraded([0, "zero"], 2, upgrades) == [2, "zero", "one", "two"]


def test_a_state_older_than_any_upgrade_is_refused() -> None:
    with pytest.raises(StateError, match="state version 0 is older than any that this program reads"):
        decode_customer(encode_customer(Customer(version=0), 0))


def test_an_upgrade_that_makes_no_state_is_refused() -> None:
    upgrades = dict.fromkeys(range(1, STATE_VERSION), _as_it_is)
    with pytest.raises(StateError, match="not a customer's state"):
        decode_customer(_version_0(Customer()), {**upgrades, 0: lambda layout: [*layout, "too much"]})
