"""True effects of actions on the customers of the simulated shop, in numbers that no model is told.

An offer wins back some of those who drift away, annoys a few, and is paid to people who would have bought anyway. A
call keeps some of those whose complaint is open and is wasted on the others. Thanks keep the loyal. A reminder does
harm: it reminds people that they can leave.
"""

from typing import Final

CALL_RESOLVES: Final = 0.6
"""Chance that a call resolves an open complaint."""

OFFER_WINS_BACK: Final = 0.6
"""Chance that somebody who drifts away returns to their rhythm after an offer."""

OFFER_DISCOUNT: Final = 0.1
"""Share of the price that an offer takes off the next purchase, whoever makes it."""

ANNOYED: Final = 0.15
"""Share of customers whom offers annoy."""

OFFER_LOSES_ANNOYED: Final = 0.2
"""Chance that an offer makes one of them leave."""

LOYAL_ORDERS: Final = 12
"""Orders from which a customer is loyal."""

THANKS_KEEP: Final = 0.6
"""Share of the leavings of loyal customers that thanks prevent in their time."""

THANKS_MORE: Final = 1.05
"""Factor on how often they buy in that time."""

REMINDER_LOSES: Final = 0.13
"""Chance that a reminder makes somebody leave."""

REMINDER_LESS: Final = 0.85
"""Factor on how often the others buy in its time."""
