"""A real experiment as decisions with known propensities: Kevin Hillstrom's MineThatData e-mail challenge (2008).

64,000 customers got, by lot, an e-mail about men's goods, one about women's, or none; visits, purchases and spending
over the next two weeks are known. Every action has the probability 1/3. The figures to agree with are plain differences
of means and plain inverse propensity scores.
"""

import csv
import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from retention.effects.action_effects import gain_scores
from retention.effects.intervals import Estimate, estimate_mean
from retention.outcomes.columns import Flags, Matrix, Vector
from retention.outcomes.log import DecisionLog
from retention.policy.off_policy import always, chosen_policy, compare_policies, evaluate_policy

ACTIONS: Final = ("No E-Mail", "Mens E-Mail", "Womens E-Mail")
MENS, WOMENS = 1, 2
OUTCOMES: Final = ("visit", "conversion", "spend")
_NUMBERS: Final = ("recency", "history", "mens", "womens", "newbie")
_WORDS: Final = ("zip_code", "channel")
HALVES: Final = 50


@dataclass(frozen=True, slots=True)
class Hillstrom:
    """The experiment, as columns.

    Attributes:
        log: Decisions, with visits as the outcome.
        outcomes: Visits, conversions and spending, each of shape (customers,).
        women_only: True for buyers of women's goods alone, shape (customers,).
        men_only: True for buyers of men's goods alone, shape (customers,).
    """

    log: DecisionLog
    outcomes: Mapping[str, Vector]
    women_only: Flags
    men_only: Flags


def read_hillstrom(file: Path) -> Hillstrom:
    """Read the challenge's file, CSV or gzipped CSV."""
    text = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    rows = list(csv.DictReader(text.decode().splitlines()))
    outcomes = {name: np.array([float(row[name]) for row in rows]) for name in OUTCOMES}
    done = np.array([ACTIONS.index(row["segment"]) for row in rows])
    mens, womens = (np.array([row[name] == "1" for row in rows]) for name in ("mens", "womens"))
    log = DecisionLog(
        actions=ACTIONS,
        customer=np.arange(len(rows)),
        done=done,
        probability=np.full((len(rows), 3), 1.0 / 3.0),
        outcome=outcomes["visit"],
        covariates=_covariates(rows),
    )
    return Hillstrom(log, outcomes, womens & ~mens, mens & ~womens)


def _covariates(rows: list[dict[str, str]]) -> Matrix:
    numbers = [np.array([float(row[name]) for row in rows]) for name in _NUMBERS]
    words = [
        np.array([row[name] == value for row in rows]) * 1.0
        for name in _WORDS
        for value in sorted({row[name] for row in rows})[1:]
    ]
    return np.column_stack([*numbers, np.log1p(numbers[1]), *words])


def effect(log: DecisionLog, action: int, *, adjusted: bool = True) -> Estimate:
    """Estimate the effect of an e-mail against none.

    Args:
        log: Customers of all three arms.
        action: Index of the e-mail.
        adjusted: False leaves the covariates out.
    """
    arms = log.where((log.done == action) | (log.done == 0))
    two = DecisionLog(
        actions=(log.actions[0], log.actions[action]),
        customer=arms.customer,
        done=(arms.done == action).astype(np.int64),
        probability=np.full((len(arms), 2), 0.5),
        outcome=arms.outcome,
        covariates=arms.covariates if adjusted else np.zeros((len(arms), 0)),
    )
    return estimate_mean(gain_scores(two), two.customer)


def effects(data: Hillstrom, outcome: str) -> Iterator[tuple[str, Estimate, Estimate]]:
    """Yield for each effect its name, the estimate without covariates and the one with them."""
    log = data.log.with_outcome(data.outcomes[outcome])
    questions = (
        ("men's mail", log, MENS),
        ("women's mail", log, WOMENS),
        ("women's mail to buyers of men's goods alone", log.where(data.men_only), WOMENS),
        ("women's mail to buyers of women's goods alone", log.where(data.women_only), WOMENS),
    )
    for name, part, action in questions:
        yield name, effect(part, action, adjusted=False), effect(part, action)


def policies(data: Hillstrom) -> dict[str, Matrix]:
    """Return the policies that are compared, as probabilities of shape (customers, actions)."""
    log = data.log
    return {
        "all men's": always(log, MENS),
        "all women's": always(log, WOMENS),
        "none": always(log, 0),
        "women's to women's-only, men's to the rest": chosen_policy(np.where(data.women_only, WOMENS, MENS), 3),
    }


def print_hillstrom(file: Path) -> None:
    """Print effects, policies and the coverage in random halves."""
    data = read_hillstrom(file)
    for outcome in OUTCOMES:
        print(f"\n{outcome}: effect against no mail (95 %)")
        for name, plain, adjusted in effects(data, outcome):
            print(f"  {name:<46} {_interval(plain)}   with covariates {_interval(adjusted)}")
        _print_policies(data, outcome)
    print(f"\n{HALVES} random halves, intervals that hold the difference found in the other half:")
    for outcome in OUTCOMES:
        shares = ", ".join(f"{ACTIONS[action]} {coverage(data, outcome, action):.0%}" for action in (MENS, WOMENS))
        print(f"  {outcome}: {shares}")


def _print_policies(data: Hillstrom, outcome: str) -> None:
    log = data.log.with_outcome(data.outcomes[outcome])
    print(f"{outcome}: what policies bring a customer")
    known = policies(data)
    for name, policy in known.items():
        value = evaluate_policy(log, policy)
        print(
            f"  {name:<46} IPS {_interval(value.ips, '')}   self-normalised {_interval(value.self_normalised, '')}   "
            f"doubly robust {_interval(value.doubly_robust, '')}   effective {value.effective:,.0f}"
        )
    targeted, everyone = known["women's to women's-only, men's to the rest"], known["all men's"]
    comparison = compare_policies(log, targeted, everyone)
    print(f"  the last against all men's: {_interval(comparison.difference)}: {comparison}")


def coverage(data: Hillstrom, outcome: str, action: int, halves: int = HALVES, seed: int = 1) -> float:
    """Return the share of random halves whose interval agrees with the other half.

    Neither half knows the truth, so the difference of their two estimates is compared with the error of the difference.
    """
    log, random = data.log.with_outcome(data.outcomes[outcome]), np.random.default_rng(seed)
    held = 0
    for _ in range(halves):
        half = random.random(len(log)) < 0.5
        one, other = effect(log.where(half), action), effect(log.where(~half), action)
        difference = replace(one, value=one.value - other.value, error=float(np.hypot(one.error, other.error)))
        held += difference.fixed.contains(0.0)
    return held / halves


def _interval(estimate: Estimate, sign: str = "+") -> str:
    return f"{estimate.value:{sign}.4f} ± {estimate.fixed.high - estimate.value:.4f}"
