"""The desk counts and times its own pages."""

from pathlib import Path

import httpx
import pytest

from desk.metrics import DeskMetrics
from schemas.errors import ServerUnreachableError
from tests.desk.served import AuditList, make_parts, served


def _value(metrics: DeskMetrics, sample: str, **labels: str) -> float:
    families = (metrics.page, metrics.failed, metrics.written, metrics.writes_failed)
    return sum(
        one.value
        for family in families
        for found in family.collect()
        for one in found.samples
        if one.name == sample and one.labels.items() >= labels.items()
    )


def test_pages_are_timed_by_name_and_unknown_ones_are_not(tmp_path: Path) -> None:
    audit = AuditList()
    parts = make_parts(tmp_path, audit)
    with served(parts, audit) as desk:
        own = {"Cookie": desk.cookie_of("ann")}
        for path in ("/", "/customer?id=c-4711", "/customer?id=c-4712", "/nothing", "/static/desk.js"):
            httpx.get(f"{desk.address}{path}", headers=own)
    assert _value(parts.metrics, "stayline_desk_page_seconds_count") == 3
    assert _value(parts.metrics, "stayline_desk_page_seconds_count", page="customer") == 2
    assert _value(parts.metrics, "stayline_desk_pages_failed_total") == 0


def test_what_was_written_and_what_was_not_are_counted_by_kind(tmp_path: Path) -> None:
    metrics = make_parts(tmp_path, AuditList()).metrics
    with metrics.write("judgement"):
        pass
    with pytest.raises(ServerUnreachableError), metrics.write("action_taken"):
        raise ServerUnreachableError("away")
    assert _value(metrics, "stayline_desk_written_total", kind="judgement") == 1
    assert _value(metrics, "stayline_desk_writes_failed_total", kind="action_taken") == 1
    assert _value(metrics, "stayline_desk_written_total") == 1
