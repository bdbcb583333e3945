"""Encoding of every record: JSON, with probabilities rounded to a fixed number of digits."""

from typing import Final

import msgspec

PUBLISHED_DIGITS: Final = 6
"""Decimal digits of published probabilities and of the numbers beside them."""

encode_record: Final = msgspec.json.Encoder().encode
