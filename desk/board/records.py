"""Records of the topics that the board follows, as the board takes them; what cannot be read is left out."""

import logging
from datetime import datetime
from typing import Final

import msgspec
from confluent_kafka import Message
from pydantic import ValidationError

from desk.board.board import Board
from desk.board.start import ACTIONS
from desk.reading.handling import HandlingEvent
from schemas.events.action_events import ActionTaken
from schemas.records.alert import decode_alert
from schemas.records.decisions import decode_decision
from schemas.topics import ALERTS

_LOG: Final = logging.getLogger(__name__)


def take_record(board: Board, message: Message, now: datetime) -> None:
    """Hand a record to the board.

    Args:
        board: Changed in place.
        message: From one of the topics that it follows.
        now: The present, UTC.
    """
    topic, value = message.topic(), message.value()
    try:
        if topic == ACTIONS:
            _take_action(board, value or b"", message.offset() or 0)
        elif not value:
            board.forget((message.key() or b"").decode("utf-8", "replace"))
        elif topic == ALERTS:
            board.take_alert(decode_alert(value), now)
        else:
            board.take_decision(decode_decision(value), now)
    except (msgspec.DecodeError, ValidationError, UnicodeDecodeError):
        # Intake makes dead letters of wrong events, and says why.
        _LOG.warning("record %s of %s/%s cannot be read; left out", message.offset(), topic, message.partition())


def _take_action(board: Board, value: bytes, offset: int) -> None:
    action = ActionTaken.model_validate_json(value)
    if action.decision_id is not None:
        board.take_event(
            HandlingEvent(
                decision_id=action.decision_id,
                offset=offset,
                by=action.by,
                at=action.occurred_at,
                result=action.result,
                until=action.until,
                note=action.note,
            )
        )
