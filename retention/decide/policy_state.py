"""Policy state: published by the learner for each epoch, beside the effects of actions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from retention.catalogue.compiled import CompiledPlaybook


@dataclass(frozen=True, slots=True)
class PolicyState:
    """Prices and shares of an epoch.

    Attributes:
        version: Version of what was learnt; empty before anything is.
        prices: Price of a unit of each action's capacity, reporting currency; zero where it is not scarce.
        switched_off: Actions that bring less than they cost.
        exploration_share: Share of decisions drawn evenly; None for that of the playbook.
        holdout_shares: Shares of customers held out, in place of those of the playbook.
    """

    version: str = ""
    prices: Mapping[str, float] = field(default_factory=dict)
    switched_off: frozenset[str] = frozenset()
    exploration_share: float | None = None
    holdout_shares: Mapping[str, float] = field(default_factory=dict)


NOTHING_LEARNT: Final = PolicyState()
"""In force before the learner has published anything."""


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """A playbook with what was learnt, by index of the action.

    Attributes:
        book: The playbook.
        version: Version of both, by which actions are drawn.
        burdens: Cost and price of each action.
        available: False for actions that are switched off or without capacity.
        holdout_shares: Share of customers held out from each action.
        exploration_share: Share of decisions drawn evenly.
    """

    book: CompiledPlaybook
    version: str
    burdens: tuple[float, ...]
    available: tuple[bool, ...]
    holdout_shares: tuple[float, ...]
    exploration_share: float


def policy_in_force(book: CompiledPlaybook, learnt: PolicyState = NOTHING_LEARNT) -> PolicyInForce:
    """Return a playbook with what was learnt."""
    share = book.playbook.exploration.share
    return PolicyInForce(
        book=book,
        version=f"{book.version}-{learnt.version}" if learnt.version else book.version,
        burdens=tuple(cost + learnt.prices.get(name, 0.0) for name, cost in zip(book.names, book.costs, strict=True)),
        available=tuple(
            name not in learnt.switched_off and action.capacity_per_day > 0
            for name, action in zip(book.names, book.actions, strict=True)
        ),
        holdout_shares=tuple(
            learnt.holdout_shares.get(name, action.holdout_share)
            for name, action in zip(book.names, book.actions, strict=True)
        ),
        exploration_share=share if learnt.exploration_share is None else learnt.exploration_share,
    )
