"""Removes a customer from dead letters: wholly, or from a page of several customers. Pure."""

import json
import re
from base64 import b64encode

import msgspec

from schemas.events.dead_letter import DeadLetter
from schemas.events.forgetting import customers_named_in
from schemas.topics import INTERACTIONS

_LEFT_OUT = "(forgotten)"


class CustomerMention:
    """Recognises one customer in dead letters."""

    def __init__(self, customer_id: str) -> None:
        """Compile what is looked for.

        Args:
            customer_id: Who is looked for.
        """
        self._customer_id = customer_id
        quoted = {json.dumps(customer_id).encode(), json.dumps(customer_id, ensure_ascii=False).encode()}
        bare = {customer_id.encode() + b"(?![0-9A-Za-z_.-])"} if customer_id.isdigit() else set()
        values = b"|".join([*map(re.escape, quoted), *bare])
        # What is no JSON, or was cut, may name its customer all the same; some publish numbers without quotes.
        self._mention = re.compile(rb'"customer_id"\s*:\s*(?:' + values + rb")")

    def names(self, letter: DeadLetter) -> bool:
        """Return True if a dead letter is about the customer, or holds something about them."""
        original = letter.original
        if self._mention.search(original):
            return True
        return letter.topic != INTERACTIONS and self._customer_id in customers_named_in(letter.key, original)

    def without(self, letter: DeadLetter) -> DeadLetter | None:
        """Return what is left of a dead letter that names the customer; None where nothing is.

        A set-aside page holds others, too, who have a right to be sent back.
        """
        if letter.topic != INTERACTIONS:
            return None
        original = letter.original
        lines = [line for line in original.splitlines(keepends=True) if not self._mention.search(line)]
        left = b"".join(lines)
        if not left:
            return None
        return msgspec.structs.replace(
            letter,
            original_base64=b64encode(left).decode("ascii"),
            original_size=letter.original_size - len(original) + len(left),
            detail=letter.detail.replace(self._customer_id, _LEFT_OUT),
        )
