"""Pages round-trip; newer and corrupt ones are refused with one clear line."""

import json
from decimal import Decimal

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.events.decode import decode
from schemas.events.interaction import Interaction, Origin, encode_interaction
from schemas.events.raw_events import RAW_TOPICS, TYPE_OF_TOPIC
from schemas.pages.page import PAGE_VERSION, Page, PageError, decode_headers, decode_lines, encode_headers, encode_lines
from schemas.pages.watermark import PartitionProgress
from tests.kit.suite.cases import cases
from tests.schemas.values import STAMPED_AT, events_of

drawn = settings(max_examples=cases(100, usual=25), suppress_health_check=[HealthCheck.too_slow])
readings = st.none() | st.builds(PartitionProgress, st.integers(0, 2**53), st.booleans())
counts = st.dictionaries(st.integers(0, 2**31), st.integers(1, 2**31), min_size=1, max_size=3)
pages = st.builds(
    Page,
    source=st.text(),
    lines=st.integers(0, 500),
    clock=st.integers(0, 2**53),
    progress=st.dictionaries(st.sampled_from(RAW_TOPICS), st.lists(readings, max_size=12)),
    forgets=st.text(),
    hours=st.dictionaries(st.sampled_from(RAW_TOPICS), counts),
    parts=st.dictionaries(st.text(), counts),
    tells=st.booleans(),
)
PAGE = Page(source="intake-1", lines=0, clock=5, progress={"purchases": [PartitionProgress(5, idle=True), None]})


@drawn
@given(page=pages)
def test_headers_read_back_as_they_were_written(page: Page) -> None:
    assert decode_headers(encode_headers(page)) == page


@drawn
@given(data=st.data())
def test_lines_read_back_as_they_were_written(data: st.DataObject) -> None:
    lines = [_interaction(data.draw(st.sampled_from(RAW_TOPICS)), data) for _ in range(data.draw(st.integers(0, 3)))]

    value = encode_lines([encode_interaction(line) for line in lines])

    assert decode_lines(value) == lines
    assert value.count(b"\n") == len(lines)


def test_two_pages_can_be_joined_as_they_are() -> None:
    assert encode_lines([b"1", b"2"]) + encode_lines([]) + encode_lines([b"3"]) == b"1\n2\n3\n"


def test_headers_of_a_newer_version_are_refused_before_anything_else_is_read() -> None:
    headers = {"page": b"%d" % (PAGE_VERSION + 1), "progress": b"something new"}

    with pytest.raises(PageError, match="upgrade this process first"):
        decode_headers(headers)


def test_a_header_that_is_not_known_is_passed_over() -> None:
    assert decode_headers([*encode_headers(PAGE), ("traceparent", b"00-1-2-00")]) == PAGE


@pytest.mark.parametrize(
    ("page", "version"),
    [
        (PAGE, b"1"),
        (msgspec.structs.replace(PAGE, forgets="c-1"), b"2"),
        (msgspec.structs.replace(PAGE, tells=True), b"3"),
        (msgspec.structs.replace(PAGE, forgets="c-1", tells=True), b"3"),
    ],
)
def test_a_page_has_the_lowest_version_that_its_content_allows(page: Page, version: bytes) -> None:
    assert dict(encode_headers(page))["page"] == version


@pytest.mark.parametrize("missing", ["page", "source", "lines", "clock", "progress"])
def test_a_missing_header_is_named(missing: str) -> None:
    headers = {name: value for name, value in encode_headers(PAGE) if name != missing}

    with pytest.raises(PageError, match=f"header '{missing}' is missing"):
        decode_headers(headers)


@drawn
@given(name=st.sampled_from(["page", "source", "lines", "clock", "progress"]), value=st.none() | st.binary(max_size=20))
def test_headers_from_elsewhere_are_read_or_refused(name: str, value: bytes) -> None:
    try:
        decode_headers({**dict(encode_headers(PAGE)), name: value})
    except PageError as error:
        assert str(error)  # noqa: PT017 - whether it is raised depends on the draw


@drawn
@given(value=st.binary(max_size=100))
def test_lines_from_elsewhere_are_read_or_refused(value: bytes) -> None:
    try:
        decode_lines(value)
    except PageError as error:
        assert str(error).startswith("not a page")  # noqa: PT017 - whether it is raised depends on the draw


def _interaction(topic: str, data: st.DataObject) -> Interaction:
    event = {**data.draw(events_of(TYPE_OF_TOPIC[topic], of_today=True))}
    event |= {"currency": "EUR"} if "currency" in event else {}
    line = decode(json.dumps(event).encode(), Origin(topic, 0, 0, STAMPED_AT), {"EUR": Decimal(1)}, 10**6)
    assert isinstance(line, Interaction)
    return line
