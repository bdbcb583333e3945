"""A score carries the trace of the event that led to it."""

import msgspec

from schemas.topics import RISK_SCORES
from schemas.trace import trace_id_of
from streams.worker.engine.traces import Traces
from tests.worker.engine.shards import Run, bought, page

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_the_score_of_an_event_carries_its_trace() -> None:
    run = Run().fold([page(2, msgspec.structs.replace(bought(1), trace_id=TRACE))])

    assert [trace_id_of([header]) for header in run.batch.headers[RISK_SCORES] if header] == [TRACE]


def test_an_event_that_waits_for_the_watermark_keeps_its_trace() -> None:
    run = Run().fold([page(1, msgspec.structs.replace(bought(2), trace_id=TRACE)), page(3)])

    assert [trace_id_of([header]) for header in run.batch.headers[RISK_SCORES] if header] == [TRACE]


def test_two_spans_of_a_trace_differ() -> None:
    traces = Traces()
    traces.note("c", 1, TRACE)
    traces.note("c", 2, TRACE)

    assert traces.take("c", 1) != traces.take("c", 2)


def test_without_a_trace_a_score_has_no_header() -> None:
    run = Run().fold([page(2, bought(1))])

    assert run.batch.headers[RISK_SCORES] == [None]


def test_only_so_many_events_are_remembered() -> None:
    traces = Traces()
    for number in range(50_001):
        traces.note("c", number, TRACE)

    assert traces.take("c", 0) is None
    assert traces.take("c", 50_000) is not None
