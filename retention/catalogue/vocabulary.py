"""Names that the conditions of rules may use, with what each may be compared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Final, get_args

from risk.scoring.model.regression import GROUPS
from schemas.records.score import LifeCycle, Segment, ValueTier


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A number, which is compared with ``<``, ``<=``, ``>``, ``>=``, ``=`` and ``!=``.

    Attributes:
        least: Smallest value that it can have.
        most: Largest value that it can have.
        unit: Unit, in words.
    """

    least: float
    most: float
    unit: str


@dataclass(frozen=True, slots=True)
class WordColumn:
    """One or several words out of a list; a column holds them as bits, the first word as the lowest.

    Attributes:
        words: Words that it can have.
        several: True if a customer may have several of them (tested with ``has``); otherwise one (``is``, ``in``).
    """

    words: tuple[str, ...]
    several: bool = False

    def bits(self, *words: str) -> int:
        """Return the bits of words, all of them in ``words``."""
        return sum(1 << self.words.index(word) for word in set(words))


@dataclass(frozen=True, slots=True)
class FlagColumn:
    """Something that is or is not so; its name stands alone.

    Attributes:
        says: The same as a sentence.
    """

    says: str


Column = NumberColumn | WordColumn | FlagColumn

SEGMENTS: Final = WordColumn(get_args(Segment))
LIFE_CYCLES: Final = WordColumn(tuple(filter(None, get_args(LifeCycle))))
VALUE_TIERS: Final = WordColumn(tuple(filter(None, get_args(ValueTier))))
JUDGEMENTS: Final = WordColumn(("likely_to_leave", "negative", "neutral", "positive"))
"""Latest judgement of a person, the first that applies; there is none of them where nobody judged the customer."""

REASONS: Final = WordColumn(tuple(GROUPS), several=True)
OCCASIONS: Final = WordColumn(("tenth_order", "first_year", "won_back", "complaint_resolved", "advocate"), several=True)
"""Occasions to thank a customer, and the one to ask for a recommendation."""

COLUMNS: Final[Mapping[str, Column]] = {
    "risk": NumberColumn(0.0, 1.0, "probability"),
    "value_at_risk": NumberColumn(0.0, inf, "margin a year"),
    "yearly_margin": NumberColumn(0.0, inf, "margin a year"),
    "purchases": NumberColumn(0.0, inf, "purchases"),
    "days_silent": NumberColumn(0.0, inf, "days since the last purchase"),
    "gaps_silent": NumberColumn(0.0, inf, "silence in the customer's own usual gaps"),
    "segment": SEGMENTS,
    "life_cycle": LIFE_CYCLES,
    "value_tier": VALUE_TIERS,
    "judgement": JUDGEMENTS,
    "reasons": REASONS,
    "occasions": OCCASIONS,
    "complaint_open": FlagColumn("a complaint is open"),
    "always": FlagColumn("nothing else applies"),
}
"""Every name, with its kind."""
