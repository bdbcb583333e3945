"""The risks that contestants give: the same ones, or the comparison is none."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from bench.kit.broker import Output

_TINY: Final = 1e-6
"""Risks are written with six digits."""


class _Given(msgspec.Struct):
    customer_id: str
    scored_at: datetime
    risk: float
    cause: str = "interaction"


Risks = dict[tuple[str, datetime], float]
"""By customer and moment: no two purchases share one."""

_decode: Final = msgspec.json.Decoder(_Given).decode


def risks_of(name: str, outputs: Iterable[Output], purchases: int) -> Risks:
    """The risks at purchases; the worker reviews the silent, too, which the peers have no clock for.

    Args:
        name: The contestant's.
        outputs: What it wrote.
        purchases: How many it was given.

    Raises:
        RuntimeError: It has scored another number of purchases.
    """
    scores = (_decode(output.value) for output in outputs)
    risks = {(one.customer_id, one.scored_at): one.risk for one in scores if one.cause == "interaction"}
    if len(risks) != purchases:
        raise RuntimeError(f"{name} scored {len(risks)} purchases, not the {purchases} that it was given")
    return risks


def difference(name: str, given: Risks, expected: Risks) -> float:
    """The largest difference between risks of the same purchase.

    Args:
        name: The contestant's.
        given: Its risks.
        expected: The worker's, of these purchases at least.

    Raises:
        RuntimeError: It has scored a purchase that the worker has not, or otherwise than the worker did.
    """
    if not given.keys() <= expected.keys():
        raise RuntimeError(f"{name} scored other purchases than the worker")
    largest = max(abs(risk - expected[moment]) for moment, risk in given.items())
    if largest > _TINY:
        raise RuntimeError(f"{name} gives other risks than the worker: they differ by {largest:.2g}")
    return largest
