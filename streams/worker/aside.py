"""A page that cannot be folded becomes one dead letter, whole, so that its partition goes on."""

from typing import Final

from faust.types import Message

from schemas.dead_letter import Refusal, encode_dead_letter, letter_of
from schemas.moments import from_ms

DEAD_LETTERS: Final = "dead_letters"


def set_page_aside(message: Message, problem: str) -> tuple[str, bytes, bytes]:
    """Make the dead letter of a page.

    Args:
        message: The page.
        problem: The traceback of what went wrong.

    Returns:
        Topic, key and value.
    """
    letter = letter_of(
        Refusal("unprocessable", problem),
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        refused_at=from_ms(round(message.timestamp * 1000)),
        key=b"",
        value=message.value or b"",
    )
    return DEAD_LETTERS, f"{message.topic}/{message.partition}/{message.offset}".encode(), encode_dead_letter(letter)
