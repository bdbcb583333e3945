"""Learnt part of the policy that decides what to do for whom, published beside the model of an epoch."""

from typing import Literal

import msgspec


class ActionEvidence(msgspec.Struct, frozen=True):
    """Evidence on what an action brings: sums of the gain scores of its settled decisions.

    Attributes:
        signature: Hash of what the action is and for whom; evidence on an action that was changed does not count.
        since: Decisions from then on count, ms since 1970: those before were of an action that was changed.
        treated: Number of decisions that were carried out.
        held_out: Number of decisions that were held out.
        treated_bought: Number of those carried out after which the customer bought.
        held_out_bought: Number of those held out after which the customer bought.
        total: Sum of the scores, reporting currency.
        squares: Sum of their squares.
        finding: What was found, which later outcomes do not take back: nothing yet, that it helps, that it pays, or
            that it is to stop.
    """

    signature: str
    since: int = 0
    treated: int = 0
    held_out: int = 0
    treated_bought: int = 0
    held_out_bought: int = 0
    total: float = 0.0
    squares: float = 0.0
    finding: Literal["", "helps", "pays", "stopped"] = ""


class GainCorrections(msgspec.Struct, frozen=True):
    """Corrections of the playbook's guesses: linear in standardised features, for the decisions of an epoch.

    Attributes:
        features: Names of the features.
        means: Mean of each feature that is subtracted.
        scales: Factor of each feature; zero for one that does not vary.
        actions: Names of the actions of which something is known.
        weights: Intercept and weights of each action, reporting currency over its horizon.
        covariance: Covariance of each action's weights: lower triangles, row by row, as little-endian float64.
    """

    features: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    actions: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...]
    covariance: bytes


class GainSums(msgspec.Struct, frozen=True):
    """Sums over settled decisions from which the model of gains goes on.

    Attributes:
        features: Names of the features, without the intercept.
        actions: Names of the actions.
        done: Number of decisions with each action in effect.
        products: Sums of products of regressors, on features that are not standardised: lower triangle, row by row, as
            little-endian float64.
        moments: Sums of regressors times response, as little-endian float64.
        outcomes: Number of decisions.
        total: Sum of the responses.
        squares: Sum of their squares.
        fitted: Number of decisions by which the corrections were computed last.
    """

    features: tuple[str, ...]
    actions: tuple[str, ...]
    done: tuple[int, ...]
    products: bytes
    moments: bytes
    outcomes: int
    total: float
    squares: float
    fitted: int


class BidSums(msgspec.Struct, frozen=True):
    """Faded counts of bids from which prices of capacity go on.

    Attributes:
        actions: Names of the actions.
        counts: Faded number of bids by action and bin, row by row, as little-endian float64.
        days: Faded number of days in which they were made.
        until: Border up to which they are counted, ms since 1970.
    """

    actions: tuple[str, ...]
    counts: bytes
    days: float
    until: int


class LearntPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Learnt part of the policy of an epoch, and the sums to go on from.

    Attributes:
        version: Hash of what is in force: prices, shares, stopped actions and corrections. Equal versions decide alike.
        prices: Price of a unit of each action's capacity, reporting currency; absent where it is not scarce.
        switched_off: Actions that bring less than they cost.
        shares: Shares of customers held out, where they are not those of the playbook.
        evidence: Evidence on each action.
        corrections: Corrections of guesses; null before enough outcomes are known.
        gains: Sums of the model of gains; null before the first outcome.
        bids: Sums of bids; null before the first bid.
    """

    version: str
    prices: dict[str, float] = {}
    switched_off: tuple[str, ...] = ()
    shares: dict[str, float] = {}
    evidence: dict[str, ActionEvidence] = {}
    corrections: GainCorrections | None = None
    gains: GainSums | None = None
    bids: BidSums | None = None
