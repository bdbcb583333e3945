"""A board whose thread no longer goes on is noticed."""

from desk.board.live import LiveBoard
from runtime.service.clock import Clock
from schemas.settings.connections import ClickHouseSettings, KafkaSettings


def test_a_board_that_has_not_looked_at_kafka_for_two_minutes_is_stuck() -> None:
    at = [1_000.0]
    board = LiveBoard(KafkaSettings(), ClickHouseSettings(), "desk", Clock(seconds=lambda: at[0]))
    at[0] += 119
    assert board.stuck is None
    at[0] += 1
    assert board.stuck == "the board has not looked at Kafka for 120 s"
