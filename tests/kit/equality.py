"""Comparison of two runs over the same history, customer by customer, with the first difference.

What depends on the model (the risks given, who gave them, the alerts and looks that follow) is left out: models arrive
when they arrive. Everything else must agree to the last bit.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from customers.encoding.encode import decode_customer
from customers.state import Customer
from risk.evaluation.backtest import Backtest
from risk.evaluation.decision_schedule import DecisionSchedule
from risk.scoring.records import examples_of
from schemas.events.interaction import Interaction
from schemas.records.training_example import TrainingExample, decode_training_example
from schemas.settings.processes import LearnerSettings
from schemas.settings.risk import MoneySettings, RiskSettings, SegmentSettings
from streams.worker.engine.shard_feed import FEED_KEY

_OF_THE_MODEL: Final = {
    "risk",
    "risk_millionths",
    "model_version",
    "alert_raised",
    "next_review",
    "clock",
    "retention",
    "retention_due",
}


@dataclass(frozen=True)
class Knowledge:
    """Results of a run: states and answered questions.

    Attributes:
        customers: State of each customer by id.
        examples: Answered questions of each customer, the earliest asked first.
    """

    customers: Mapping[str, Customer]
    examples: Mapping[str, list[TrainingExample]]


def backtested(history: Iterable[Interaction], risk: RiskSettings, until: int = 0) -> Knowledge:
    """Run a history in one process.

    Args:
        history: In the order of the stamps.
        risk: What is asked, and when.
        until: The clock to stop at, ms since 1970, where it lies after the last stamp.
    """
    answered: list[TrainingExample] = []
    backtest = Backtest(
        risk,
        LearnerSettings(),
        SegmentSettings(),
        MoneySettings(),
        lambda customer_id, question: answered.extend(examples_of([(customer_id, question)])),
    )
    list(backtest.run(history, Until(until)))
    return Knowledge(backtest.customers, _by_customer(answered))


class Until(DecisionSchedule):
    """Wants no risks, but lets time go on after the last event."""

    def __init__(self, until: int) -> None:
        self._until = until

    def end_after(self, last: int) -> int:
        """Return the clock to stop at, or the last event's stamp where that is later."""
        return max(last, self._until)


def worked_out(states: Iterable[tuple[bytes, bytes]], examples: Iterable[bytes]) -> Knowledge:
    """Return the results that workers left behind.

    Args:
        states: Keys and values of the stores or of the changelog, the latest of each customer.
        examples: Values on ``training_examples``.
    """
    return knowledge_of({key.decode(): decode_customer(value) for key, value in states if key != FEED_KEY}, examples)


def knowledge_of(customers: Mapping[str, Customer], examples: Iterable[bytes]) -> Knowledge:
    """Return states together with answers as they are written."""
    return Knowledge(customers, _by_customer(decode_training_example(value) for value in examples))


def first_difference(expected: Knowledge, actual: Knowledge) -> str | None:
    """Name the first difference, customer by customer, in a line that a person can start from; None where all agree."""
    return next(_differences(expected, actual), None)


def _by_customer(examples: Iterable[TrainingExample]) -> dict[str, list[TrainingExample]]:
    found: dict[str, list[TrainingExample]] = defaultdict(list)
    for example in examples:
        found[example.customer_id].append(example)
    return {customer_id: sorted(own, key=lambda example: example.asked_at) for customer_id, own in found.items()}


def _differences(expected: Knowledge, actual: Knowledge) -> Iterator[str]:
    for customer_id in sorted({*expected.customers, *actual.customers}):
        yield from _compare(
            expected.customers.get(customer_id), actual.customers.get(customer_id), f"customer {customer_id}"
        )
    for customer_id in sorted({*expected.examples, *actual.examples}):
        yield from _compare(
            expected.examples.get(customer_id, []),
            actual.examples.get(customer_id, []),
            f"customer {customer_id}: answered questions",
        )


def _compare(expected: Any, actual: Any, where: str) -> Iterator[str]:  # noqa: ANN401 - anything inside a struct
    """Go down to the innermost parts that differ."""
    if isinstance(expected, msgspec.Struct) and isinstance(actual, msgspec.Struct):
        for name in expected.__struct_fields__:
            if name not in _OF_THE_MODEL:
                yield from _compare(getattr(expected, name), getattr(actual, name), f"{where}, {name}")
    elif isinstance(expected, list) and isinstance(actual, list):
        for number, (one, other) in enumerate(zip(expected, actual, strict=False)):
            yield from _compare(one, other, f"{where} [{number}]")
        for number in range(min(len(expected), len(actual)), max(len(expected), len(actual))):
            missing = "missing" if number < len(expected) else "too many"
            yield f"{where} [{number}]: {missing}: {(expected if number < len(expected) else actual)[number]!r}"
    elif expected != actual:
        yield f"{where}: expected {expected!r}, found {actual!r}"
