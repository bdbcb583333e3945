"""The risk scorer: risk, reasons, value, life cycle and segment of customers, each at an instant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Final

import numpy as np

from customers.features.features import Features, Matrix
from customers.features.life_cycle import life_cycle_of, spending_paces
from customers.state import Customer
from risk.scoring.model.risk_model import RiskModel, probability
from risk.scoring.outlook_scorer import OutlookScorer
from risk.scoring.predictor import Predictor
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


@dataclass(slots=True)
class RiskScorer:
    """Scores customers by the newest model that has learnt enough, and by the rule before there is one.

    Attributes:
        risk: Horizon, and the number of answers that a model must have learnt.
        segments: Limits of life cycle stages, value tiers and segments.
        currency: Currency of the amounts in reasons.
        gives_reasons: False if only risks are wanted: reasons and outlooks take half of the time.
        model: Model in use; None while the rule scores.
        predictor: Its arithmetic, or that of the rule.
        policy: Policy that was learnt with the published model, in use or not; None before there is one.
        thresholds: Yearly margins at which value tiers begin, by the model in use.
    """

    risk: RiskSettings
    segments: SegmentSettings
    currency: str
    gives_reasons: bool = True
    model: RiskModel | None = None
    predictor: Predictor = field(default_factory=Predictor)
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
        self.predictor = Predictor(model, OutlookScorer(published, published.outlook) if published.outlook else None)
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
        return self.score_by(self.predictor, repeat(self, len(customers)), customers, moments, features)

    def score_by(
        self,
        predictor: Predictor,
        owners: Iterable["RiskScorer"],
        customers: Sequence[Customer],
        moments: Sequence[int],
        features: Features,
    ) -> list[Score]:
        """Score customers by the models of several scorers, all of the settings of this one.

        Args:
            predictor: Predicts each customer by the model of the customer's scorer.
            owners: The scorer of each customer, whose model and value tiers the score names.
            customers: States with everything folded up to their moments.
            moments: Instant of each, ms since 1970.
            features: Their features at these instants.
        """
        standardised = predictor.standardise(features)
        log_odds = predictor.log_odds(features, standardised)
        risks = probability(log_odds)
        reasons: list[tuple[ReasonInWords, ...]] = [()] * len(customers)
        if self.gives_reasons:
            reasons = self._reasons(customers, moments, log_odds, predictor.effects(features, standardised))
        margins = yearly_margin(features, self.risk.margin)
        forecasts = predictor.forecasts(features, risks, standardised) if self.gives_reasons else None
        at_risk = risks if forecasts is None else forecasts.at_risk
        values = np.round(at_risk * margins, _CENTS).tolist()
        outlooks = forecasts.records(moments) if forecasts else [(None, None)] * len(customers)
        paces = spending_paces(features)
        numbers = zip(risks.tolist(), margins.tolist(), values, paces.tolist(), reasons, outlooks, strict=True)
        return [
            owner.score_of(customer, now, *one)
            for owner, customer, now, one in zip(owners, customers, moments, numbers, strict=True)
        ]

    def _reasons(
        self, customers: Sequence[Customer], moments: Sequence[int], log_odds: Matrix, effects: Matrix
    ) -> list[tuple[ReasonInWords, ...]]:
        setting = Setting(self._horizon_ms, self.currency)
        numbers = zip(customers, moments, log_odds.tolist(), effects.tolist(), strict=True)
        return [reasons_of(customer, parts, odds, now, setting) for customer, now, odds, parts in numbers]

    def score_of(
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
        """Return the score of a customer by this scorer's model.

        Args:
            customer: State with everything folded up to its moment.
            now: Instant of the score, ms since 1970.
            risk: Probability of leaving.
            margin: Margin of a year, reporting currency.
            value: Share of it that is at risk, reporting currency.
            pace: Spending lately over usual spending.
            reasons: Reasons for the risk.
            outlook: Forecasts beside the risk; both None if the model gives none.
        """
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
