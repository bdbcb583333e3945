"""Metrics of the desk."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.utils import INF

from schemas.errors import ServerUnreachableError

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, INF)
_WRITTEN = ("action_taken", "judgement")


class WatchedBoard(Protocol):
    """The figures of a board; see :class:`desk.board.live.LiveBoard`."""

    lag: int
    passed_at: float


class WatchedStreams(Protocol):
    """The streams of open pages; see :class:`desk.web.data.streams.ChangeStreams`."""

    open: int


class DeskMetrics:
    """Metrics of the desk, declared once.

    Attributes:
        page: Seconds until a page or a row is drawn, by page; the wait for ClickHouse and Kafka is in it.
        failed: Pages that could not be drawn because a server was away, or the desk failed, by page.
        reads_failed: Reads that ClickHouse did not answer.
        written: Events that Kafka took of what people did, by kind.
        writes_failed: Events that it did not take in time, by kind; what was typed stays in its form.
        streams: Open pages that are told what changes.
        streams_refused: Pages that are not told, because as many as ``desk.open_pages`` allows were open.
        board_lag: Records of decisions, alerts and actions that the board has not read yet.
        board_passed: Unix time of the board's last look at Kafka; it should not stand still.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.page = Histogram(
            "stayline_desk_page_seconds",
            "Seconds until a page is drawn.",
            ["page"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self.failed = Counter(
            "stayline_desk_pages_failed", "Pages that could not be drawn.", ["page"], registry=registry
        )
        self.reads_failed = Counter(
            "stayline_desk_reads_failed", "Reads that ClickHouse did not answer.", registry=registry
        )
        self.written = Counter(
            "stayline_desk_written", "Events of what people did, taken by Kafka.", ["kind"], registry=registry
        )
        self.writes_failed = Counter(
            "stayline_desk_writes_failed", "Events that Kafka did not take in time.", ["kind"], registry=registry
        )
        self.streams = Gauge("stayline_desk_streams", "Open pages that are told what changes.", registry=registry)
        self.streams_refused = Counter(
            "stayline_desk_streams_refused", "Pages refused a stream: too many were open.", registry=registry
        )
        self.board_lag = Gauge(
            "stayline_desk_board_lag_messages", "Records that the board has not read yet.", registry=registry
        )
        self.board_passed = Gauge(
            "stayline_desk_board_passed_timestamp_seconds", "Unix time of the board's last look.", registry=registry
        )
        for kind in _WRITTEN:  # Prometheus does not see the first rise of a counter that was absent
            self.written.labels(kind)
            self.writes_failed.labels(kind)

    @contextmanager
    def write(self, kind: str) -> Iterator[None]:
        """Count an event of a kind that the block publishes.

        Args:
            kind: Type of the event.
        """
        try:
            yield
        except ServerUnreachableError:
            self.writes_failed.labels(kind).inc()
            raise
        self.written.labels(kind).inc()

    def watch(self, board: WatchedBoard, streams: WatchedStreams) -> None:
        """Report the board and the open pages at every scrape.

        Args:
            board: The board.
            streams: Streams of the open pages.
        """
        self.board_lag.set_function(lambda: board.lag)
        self.board_passed.set_function(lambda: board.passed_at)
        self.streams.set_function(lambda: streams.open)
