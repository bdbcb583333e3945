"""Refuses messages: names the field and the fault first, then what to do; leaves out faults that follow from others."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from schemas.events.dead_letter import Refusal

MAX_FAULTS: Final = 20
"""Number of faults of one message that are listed."""

_LONGEST_PART: Final = 128
_PURCHASE_AMOUNTS: Final = frozenset({"quantity", "unit_price"})
_RETURN_AMOUNTS: Final = frozenset({"quantity", "refund"})
_TO_RETURNS: Final = "publish what came back to the topic returns, as a return with positive amounts"
_POSITIVE: Final = "a return has positive amounts, or 0: leave out the sign"
_NO_CUSTOMER: Final = "leave out what guests do: only customers can be kept"
_BEYOND_JSON: Final = "JSON has no NaN and no infinity: leave the field out, or leave out the item"
_INDEX: Final = re.compile(r"\[[0-9]+\]")


class FieldFault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fault of a message, as the detail of a refusal has it.

    Attributes:
        type: Pydantic's name of the fault.
        loc: Path to the field: names, and indexes into lists from 0.
        msg: The fault.
        hint: What to do, where something other than mending the field may be meant; empty elsewhere.
    """

    type: str
    loc: tuple[str | int, ...]
    msg: str
    hint: str = ""

    @property
    def field(self) -> str:
        """The path as text, such as ``items[0].quantity``; empty for the message as a whole."""
        parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.loc)
        return "".join(parts).removeprefix(".")

    @property
    def sentence(self) -> str:
        """The field, the fault and the hint in one line."""
        said = f"{self.field}: {self.msg}" if self.loc else self.msg
        return f"{said} ({self.hint})" if self.hint else said


_decode_faults: Final = msgspec.json.Decoder(list[FieldFault]).decode


def refuse(error: ValidationError, topic: str) -> Refusal:
    """Return the refusal of a message; its values are left out, being kept in its dead letter.

    Args:
        error: What pydantic found.
        topic: Raw topic of the message.
    """
    problems = error.errors(include_url=False, include_context=False)
    if problems[0]["type"] == "json_invalid":
        return Refusal("not_json", problems[0]["msg"])
    found = [problem for problem in problems if not _follows(problem, problems)]
    faults = [_fault(problem, topic) for problem in found[:MAX_FAULTS]]
    if len(found) > MAX_FAULTS:
        faults.append(FieldFault("more", (), f"and {len(found) - MAX_FAULTS} more"))
    return refuse_for(faults)


def refuse_for(faults: Sequence[FieldFault]) -> Refusal:
    """Return the refusal of a message with these faults."""
    return Refusal("invalid", msgspec.json.encode(faults).decode("utf-8", "replace"))


def faults_in(refusal: Refusal) -> list[FieldFault]:
    """Return the faults that a refusal lists; its whole detail as one, where it is no list of them."""
    try:
        return _decode_faults(refusal.detail)
    except msgspec.DecodeError:
        return [FieldFault(refusal.reason, (), refusal.detail)]


def sentence_of(refusal: Refusal) -> str:
    """Return a refusal in one line: each fault with its field first."""
    return "; ".join(fault.sentence for fault in faults_in(refusal))


def kind_of(refusal: Refusal) -> str:
    """Return what refusals of the same kind have in common: the fields at fault, whichever items they are of."""
    return ", ".join(dict.fromkeys(f"{_INDEX.sub('[]', fault.field)} {fault.type}" for fault in faults_in(refusal)))


def _follows(problem: Any, problems: Iterable[Any]) -> bool:  # noqa: ANN401 - pydantic's dictionaries
    """Return True for a list that is too short because its items are faulty: it has as many as it should."""
    place = problem["loc"]
    return problem["type"] == "too_short" and any(
        len(other["loc"]) > len(place) and other["loc"][: len(place)] == place for other in problems
    )


def _fault(problem: Any, topic: str) -> FieldFault:  # noqa: ANN401 - pydantic's dictionaries
    place = tuple(part[:_LONGEST_PART] if isinstance(part, str) else part for part in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    return FieldFault(problem["type"], place, message, _hint(place, problem, topic))


def _hint(place: tuple[str | int, ...], problem: Any, topic: str) -> str:  # noqa: ANN401 - pydantic's dictionaries
    if problem["type"] == "finite_number":
        return _BEYOND_JSON
    field = place[-1] if place else ""
    if place == ("customer_id",):
        return "" if problem["type"] == "string_too_long" else _NO_CUSTOMER
    if topic == "purchases" and field in _PURCHASE_AMOUNTS and _is_negative(problem["input"]):
        return _TO_RETURNS
    return _POSITIVE if topic == "returns" and field in _RETURN_AMOUNTS and _is_negative(problem["input"]) else ""


def _is_negative(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().startswith("-")
    return isinstance(value, (int, float)) and value < 0
