"""``python -m bench.risk.ablation``: what returns, contacts and judgement are worth, where the truth is known.

The same history is played with and without them and judged at the same moments: an hour after each return and contact,
and everyone monthly. Then one thing is made to happen to customers who are there at the end, and the risk is compared.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np

from bench.risk.businesses import OF_EVERYTHING, Business
from bench.risk.play import backtest_of, history_of
from customers.facts import CONTACT, RETURN, Fact
from customers.features.features import features_of
from customers.fold import fold
from customers.policy import policy_of
from customers.state import Customer
from risk.evaluation.decision_schedule import AtMoments, Decision
from risk.evaluation.quality import PredictionQuality, quality_of
from risk.scoring.model.risk_model import RiskModel, probability
from schemas.events.interaction import Interaction
from schemas.moments import DAY_MS, HOUR_MS, from_ms, to_ms
from schemas.settings.risk import RiskSettings

_MONTH_MS: Final = 30 * DAY_MS

Told = Callable[[Interaction], Interaction | None]
"""Changes an interaction before the model sees it; None drops it."""

MEANINGLESS: Final = replace(OF_EVERYTHING, name="returns and contacts mean nothing", driven_away=0.0)

VARIANTS: Final[dict[str, Told]] = {
    "everything": lambda one: one,
    "without returns": lambda one: None if one.type == "return" else one,
    "without contacts": lambda one: None if one.type == "support_contact" else one,
    "without judgement": lambda one: msgspec.structs.replace(one, sentiment=None, likely_to_leave=None),
    "purchases alone": lambda one: one if one.type == "purchase" else None,
}

HAPPENINGS: Final[dict[str, Fact]] = {
    "unresolved complaint": Fact(0, 1, CONTACT, 0, harmful=True, unhappy=True),
    "resolved contact": Fact(0, 1, CONTACT, 0, settled=True),
    "defective return": Fact(0, 1, RETURN, 0, 40.0, 1, harmful=True),
    "return of a wrong size": Fact(0, 1, RETURN, 0, 40.0, 1),
    "agent expects leaving": Fact(0, 1, CONTACT, 0, settled=True, sentiment=-2, leaving=True),
}


def quality_without(
    business: Business, seed: int, names: Iterable[str]
) -> Iterator[tuple[str, str, PredictionQuality]]:
    """Yield for each variant, and each kind of moment, how good the risks of the last half were."""
    interactions = history_of(business, seed)
    asked = _asked(interactions, business)
    for name in names:
        told = [said for one in interactions if (said := VARIANTS[name](one)) is not None]
        backtest = backtest_of(business.horizon_days)
        found: dict[str, list[tuple[float, bool]]] = {}
        for score in list(backtest.run(told, AtMoments(asked))):
            label = backtest.label(score.decision)
            if label is not None:
                found.setdefault(asked[score.decision], []).append((score.risk, label))
        for kind, answers in sorted(found.items()):
            yield name, kind, quality_of([risk for risk, _ in answers], [left for _, left in answers])


def risk_after(business: Business, seed: int) -> dict[str, float]:
    """Mean risk of regular customers who bought in the last two weeks, had each thing just happened to them."""
    backtest = backtest_of(business.horizon_days)
    # Later on, few are left.
    growing = replace(business, days=business.joining_days + business.horizon_days)
    for _ in backtest.run(history_of(growing, seed), AtMoments([])):
        pass
    at = backtest.until + HOUR_MS
    recent = [one for one in backtest.customers.values() if _is_regular(one, at)]
    scorer = RiskModel(backtest.learner.publish(0, from_ms(0)), business.horizon_days)
    risks = {"nothing": _mean_risk(scorer, recent, at, business)}
    for name, fact in HAPPENINGS.items():
        risks[name] = _mean_risk(scorer, [_after(one, fact, at, business) for one in recent], at, business)
    return risks


def _asked(interactions: list[Interaction], business: Business) -> dict[Decision, str]:
    first, last = (to_ms(interactions[place].stamped_at) for place in (0, -1))
    half = first + (last - first) // 2
    after = {"return": "after a return", "support_contact": "after a contact"}
    asked = {
        Decision(to_ms(one.stamped_at) + HOUR_MS, one.customer_id): after[one.type]
        for one in interactions
        if one.type in after and to_ms(one.stamped_at) >= half
    }
    bought = {one.customer_id: to_ms(one.stamped_at) for one in reversed(interactions) if one.type == "purchase"}
    closes = last - round(business.horizon_days * DAY_MS)
    monthly = [(at, one) for at in range(half, closes, _MONTH_MS) for one, since in bought.items() if since < at]
    return asked | {Decision(at, customer_id): "everyone, monthly" for at, customer_id in monthly}


def _is_regular(customer: Customer, at: int) -> bool:
    """Has bought three times, lately, and nothing else has happened."""
    silent = at - customer.last_purchase if customer.purchases else at
    return customer.purchases > 2 and silent < 14 * DAY_MS and not customer.contacts and not customer.returns


def _after(customer: Customer, fact: Fact, at: int, business: Business) -> Customer:
    customer = deepcopy(customer)
    happened = msgspec.structs.replace(fact, stamp=at - HOUR_MS, occurred=at - HOUR_MS)
    fold(customer, happened, policy_of(RiskSettings(horizon_days=business.horizon_days)))
    return customer


def _mean_risk(scorer: RiskModel, customers: list[Customer], at: int, business: Business) -> float:
    values = features_of(customers, [at] * len(customers), business.horizon_days).values
    return float(np.mean(probability(scorer.log_odds(values))))


def main() -> None:
    """Print the tables."""
    sys.stdout.write("| business | asked | told | answers | AUC | log-loss |\n| --- | --- | --- | --- | --- | --- |\n")
    for business, names in ((OF_EVERYTHING, VARIANTS), (MEANINGLESS, ("everything", "purchases alone"))):
        rows = sorted(quality_without(business, 1, names), key=lambda row: row[1])
        for name, asked, quality in rows:
            sys.stdout.write(
                f"| {business.name} | {asked} | {name} | {quality.count:,} | {quality.auc:.4f} "
                f"| {quality.log_loss:.4f} |\n"
            )
    sys.stdout.write("\n| what happens | mean risk |\n| --- | --- |\n")
    for name, risk in risk_after(OF_EVERYTHING, 1).items():
        sys.stdout.write(f"| {name} | {risk:.3f} |\n")


if __name__ == "__main__":
    main()
