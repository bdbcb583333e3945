"""Rows of a database as the sink stores them."""

from collections.abc import Iterable

from clickhouse_connect.driver.client import Client

from schemas.events.interaction import Interaction, encode_interaction
from schemas.pages.page import encode_lines
from schemas.records.alert import Alert
from schemas.records.decisions import DecisionOutcome, RetentionDecision
from schemas.records.encode import encode_record
from schemas.records.score import RiskScore
from schemas.settings.connections import ClickHouseSettings
from sinks.load.insert import insert


class Tables:
    """Tables into which every row is inserted twice, as by a sink that was killed."""

    def __init__(self, client: Client, settings: ClickHouseSettings) -> None:
        self._client, self._settings = client, settings

    def events(self, *events: Interaction) -> None:
        """Store events."""
        self._put("interactions", map(encode_interaction, events))

    def scores(self, *scores: RiskScore) -> None:
        """Store scores."""
        self._put("risk_scores", map(encode_record, scores))

    def decisions(self, *decisions: RetentionDecision) -> None:
        """Store decisions."""
        self._put("decisions", map(encode_record, decisions))

    def alerts(self, *alerts: Alert) -> None:
        """Store states of alerts."""
        self._put("alerts", map(encode_record, alerts))

    def outcomes(self, *outcomes: DecisionOutcome) -> None:
        """Store outcomes."""
        self._put("outcomes", map(encode_record, outcomes))

    def _put(self, table: str, lines: Iterable[bytes]) -> None:
        page = encode_lines(list(lines))
        for _ in range(2):
            insert(self._client, self._settings, table, page)
