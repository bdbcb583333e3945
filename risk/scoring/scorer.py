"""The risk scorer: risk, reasons, value, life cycle and segment of customers, each at an instant."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy.special import expit

from customers.features.features import Features, Matrix
from customers.features.life_cycle import life_cycle_of, spending_paces
from customers.state import Customer
from risk.scoring.model.risk_model import GROUPS, RiskModel, probability
from risk.scoring.model.rule import effects_by_rule, log_odds_by_rule
from risk.scoring.outlook_scorer import Forecasts, OutlookScorer
from risk.scoring.reasons.reasons import reasons_of
from risk.scoring.reasons.wording import Setting
from risk.scoring.segments import TierThresholds, segment_of, thresholds_of, value_tier_of
from risk.scoring.value import yearly_margin
from schemas.moments import DAY_MS
from schemas.records.learnt_policy import LearntPolicy
from schemas.records.model import RULE_VERSION, Model
from schemas.records.score import NextPurchase, Outlook, ReasonInWords, Score
from schemas.settings.risk import RiskSettings, SegmentSettings

_CENTS: Final = 2
_SILENCE: Final = GROUPS.index("silence")
_MOST_IDLE: Final = 0.999
"""Limit of the probability that a customer who is not gone buys nothing: beyond, nothing can be said of any."""


@dataclass(slots=True)
class RiskScorer:
    """Scores customers by the newest model that has learnt enough, and by the rule before there is one.

    Attributes:
        risk: Horizon, and the number of answers that a model must have learnt.
        segments: Limits of life cycle stages, value tiers and segments.
        currency: Currency of the amounts in reasons.
        gives_reasons: False if only risks are wanted: reasons and outlooks take half of the time.
        model: Model in use; None while the rule scores.
        outlook: Outlook of the model in use; None if it has none.
        policy: Policy that was learnt with the published model, in use or not; None before there is one.
        thresholds: Yearly margins at which value tiers begin, by the model in use.
    """

    risk: RiskSettings
    segments: SegmentSettings
    currency: str
    gives_reasons: bool = True
    model: RiskModel | None = None
    outlook: OutlookScorer | None = None
    policy: LearntPolicy | None = None
    thresholds: TierThresholds = field(init=False)
    _horizon_ms: int = field(init=False)

    def __post_init__(self) -> None:
        """Start with the value tiers of the settings."""
        self._horizon_ms = round(self.risk.horizon_days * DAY_MS)
        self.thresholds = thresholds_of((), self.risk.margin, self.segments)

    @property
    def model_version(self) -> str:
        """Version of the model in use, or of the rule."""
        return self.model.version if self.model else RULE_VERSION

    def load(self, published: Model) -> bool:
        """Use a newly published model if it has learnt enough.

        Returns:
            True if it is in use now.

        Raises:
            ModelRefusedError: It does not fit; the last good one stays in use.
        """
        model = RiskModel(published, self.risk.horizon_days)
        self.policy = published.policy
        if model.examples < self.risk.min_examples:
            return False
        if self.gives_reasons:
            model.prepare_reasons()
        self.model = model
        self.outlook = OutlookScorer(published, published.outlook) if published.outlook else None
        self.thresholds = thresholds_of(published.revenue_counts, self.risk.margin, self.segments)
        return True

    def __call__(self, customers: Sequence[Customer], moments: Sequence[int], features: Features) -> list[Score]:
        """Score customers.

        Args:
            customers: States with everything folded up to their moments.
            moments: Instant of each, ms since 1970.
            features: Their features at these instants.

        Returns:
            One score per customer, which does not depend on the other customers.
        """
        standardised = self.standardise(features)
        log_odds = self.log_odds(features, standardised)
        risks = probability(log_odds)
        reasons: list[tuple[ReasonInWords, ...]] = [()] * len(customers)
        if self.gives_reasons:
            reasons = self._reasons(customers, moments, log_odds, self.effects(features, standardised))
        margins = yearly_margin(features, self.risk.margin)
        forecasts = self.forecasts(features, risks, standardised) if self.gives_reasons else None
        at_risk = risks if forecasts is None else forecasts.at_risk
        values = np.round(at_risk * margins, _CENTS).tolist()
        outlooks = forecasts.records(moments) if forecasts else [(None, None)] * len(customers)
        paces = spending_paces(features)
        numbers = zip(risks.tolist(), margins.tolist(), values, paces.tolist(), reasons, outlooks, strict=True)
        return [
            self._score(customer, now, *one) for customer, now, one in zip(customers, moments, numbers, strict=True)
        ]

    def _reasons(
        self, customers: Sequence[Customer], moments: Sequence[int], log_odds: Matrix, effects: Matrix
    ) -> list[tuple[ReasonInWords, ...]]:
        setting = Setting(self._horizon_ms, self.currency)
        numbers = zip(customers, moments, log_odds.tolist(), effects.tolist(), strict=True)
        return [reasons_of(customer, parts, odds, now, setting) for customer, now, odds, parts in numbers]

    def _score(
        self,
        customer: Customer,
        now: int,
        risk: float,
        margin: float,
        value: float,
        pace: float,
        reasons: tuple[ReasonInWords, ...],
        outlook: tuple[Outlook | None, NextPurchase | None],
    ) -> Score:
        life_cycle = life_cycle_of(customer, now, self._horizon_ms, pace, self.segments)
        value_tier = value_tier_of(margin, life_cycle, self.thresholds)
        return Score(
            risk=risk,
            value_at_risk=value,
            segment=segment_of(risk, life_cycle, value_tier, self.segments),
            reasons=reasons,
            model_version=self.model_version,
            outlook=outlook[0],
            next_purchase=outlook[1],
            life_cycle=life_cycle,
            value_tier=value_tier,
            yearly_margin=round(margin, _CENTS),
        )

    def standardise(self, features: Features) -> Matrix | None:
        """Return the features as the model in use standardises them, for all of its predictions; None for the rule."""
        return self.model.standardise(features.values) if self.model else None

    def forecasts(self, features: Features, risks: Matrix, standardised: Matrix | None = None) -> Forecasts | None:
        """Return the forecasts beside the risk; None if the model in use gives none.

        Args:
            features: Of the customers.
            risks: Probabilities of leaving, shape (customers,).
            standardised: Their features as :meth:`standardise` returns them, if that was done already.
        """
        return self.outlook.forecasts(features.values, risks, standardised) if self.outlook else None

    def log_odds(self, features: Features, standardised: Matrix | None = None) -> Matrix:
        """Return the log-odds of leaving, shape (customers,)."""
        log_odds = self._log_odds_as_heard(features, standardised)
        return log_odds if features.absence is None else after_absence(log_odds, features.absence)

    def effects(self, features: Features, standardised: Matrix | None = None) -> Matrix:
        """Return the contribution of each of ``GROUPS`` to the log-odds, shape (customers, groups)."""
        model = self.model
        effects = effects_by_rule(features) if model is None else model.effects(features.values, standardised)
        if features.absence is not None:
            heard = self._log_odds_as_heard(features, standardised)
            effects[:, _SILENCE] += after_absence(heard, features.absence) - heard
        return effects

    def _log_odds_as_heard(self, features: Features, standardised: Matrix | None) -> Matrix:
        """Return the log-odds of leaving as if the holes had not been, shape (customers,)."""
        if self.model is None:
            return log_odds_by_rule(features)
        return self.model.log_odds(features.values, standardised)


def after_absence(log_odds: Matrix, absence: Matrix) -> Matrix:
    """Return the log-odds of leaving with the holes since the last purchase, never less than without them.

    A risk is that of being gone, or of buying nothing all the same; only the odds of the first grow.

    Args:
        log_odds: In heard time, shape (customers,).
        absence: See ``customers.feed.absence``, shape (2, customers).
    """
    factor, idle = absence[0], np.minimum(absence[1], _MOST_IDLE)
    gone = np.maximum((expit(log_odds) - idle) / (1.0 - idle), 0.0)
    staying = -np.logaddexp(0.0, log_odds) - np.log1p(gone * (factor - 1.0))
    with np.errstate(divide="ignore"):  # a risk that is zero to the last digit stays as it is
        raised = np.log1p(-np.exp(staying)) - staying
    return np.asarray(np.maximum(raised, log_odds))
