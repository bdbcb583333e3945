"""Customers, each at an instant: risk, reasons, value and segment together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from customers.advance import Score
from customers.features import Features, Matrix
from customers.life_cycle import life_cycle_of, spending_paces
from customers.state import Customer
from risk.scoring.model import GROUPS, RiskModel, probability
from risk.scoring.outlook_scorer import Forecasts, OutlookScorer
from risk.scoring.reasons import reasons_of
from risk.scoring.rule import RULE_VERSION, log_odds_by_rule
from risk.scoring.segment import segment_of
from risk.scoring.tiers import TierThresholds, thresholds_of, value_tier_of
from risk.scoring.value import yearly_margin
from schemas.model import Model
from schemas.moments import DAY_MS
from schemas.records import NextPurchase, Outlook
from schemas.settings import RiskSettings, SegmentSettings

_SILENCE: Final = GROUPS.index("silence")
_CENTS: Final = 2


@dataclass(slots=True)
class RiskScorer:
    """Judges with the newest model that has learnt enough, and with the rule before there is one.

    Attributes:
        risk: The horizon, and how much a model must have learnt.
        segments: Where customers are told apart.
        currency: Of the amounts in sentences.
        gives_reasons: Off where only risks are wanted: sentences and outlooks take half of the time.
        scorer: The model in use; None while the rule answers.
        outlook: What goes with it; None also for a model that has none.
        borders: Where value tiers begin, by the model in use.
    """

    risk: RiskSettings
    segments: SegmentSettings
    currency: str
    gives_reasons: bool = True
    scorer: RiskModel | None = None
    outlook: OutlookScorer | None = None
    borders: TierThresholds = field(init=False)
    _horizon_ms: int = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the tiers that hold while nothing is learnt."""
        self._horizon_ms = round(self.risk.horizon_days * DAY_MS)
        self.borders = thresholds_of((), self.risk.margin, self.segments)

    @property
    def model_version(self) -> str:
        """Who answers."""
        return self.scorer.version if self.scorer else RULE_VERSION

    def take(self, model: Model) -> bool:
        """Use a newly published model, if it has learnt enough.

        Returns:
            Whether it is in use now.

        Raises:
            ModelRefusedError: It does not fit; the last good one stays in use.
        """
        scorer = RiskModel(model, self.risk.horizon_days)
        if scorer.examples < self.risk.min_examples:
            return False
        if self.gives_reasons:
            scorer.prepare_reasons()
        self.scorer = scorer
        self.outlook = OutlookScorer(model, model.outlook) if model.outlook else None
        self.borders = thresholds_of(model.revenue_counts, self.risk.margin, self.segments)
        return True

    def __call__(self, customers: Sequence[Customer], moments: Sequence[int], features: Features) -> list[Score]:
        """Judge customers as they stand at their moments, ms since 1970."""
        risks = probability(self.log_odds(features))
        effects = self.effects(features).tolist() if self.gives_reasons else [()] * len(customers)
        margins = yearly_margin(features, self.risk.margin)
        forecasts = self.forecasts(features, risks) if self.gives_reasons else None
        at_risk = risks if forecasts is None else forecasts.at_risk
        values = np.round(at_risk * margins, _CENTS).tolist()
        outlooks = forecasts.records(moments) if forecasts else [(None, None)] * len(customers)
        paces = spending_paces(features)
        numbers = zip(risks.tolist(), margins.tolist(), values, paces.tolist(), effects, outlooks, strict=True)
        return [
            self._judgement(customer, now, *one) for customer, now, one in zip(customers, moments, numbers, strict=True)
        ]

    def _judgement(
        self,
        customer: Customer,
        now: int,
        risk: float,
        margin: float,
        value: float,
        pace: float,
        effects: Sequence[float],
        outlook: tuple[Outlook | None, NextPurchase | None],
    ) -> Score:
        life_cycle = life_cycle_of(customer, now, self._horizon_ms, pace, self.segments)
        value_tier = value_tier_of(margin, life_cycle, self.borders)
        return Score(
            risk=risk,
            value_at_risk=value,
            segment=segment_of(risk, life_cycle, value_tier, self.segments),
            reasons=reasons_of(customer, effects, now, self.currency) if self.gives_reasons else (),
            model_version=self.model_version,
            outlook=outlook[0],
            next_purchase=outlook[1],
            life_cycle=life_cycle,
            value_tier=value_tier,
            yearly_margin=round(margin, _CENTS),
        )

    def forecasts(self, features: Features, risks: Matrix) -> Forecasts | None:
        """What customers may do beside leaving; None where no model says."""
        return self.outlook.forecasts(features.values, risks) if self.outlook else None

    def log_odds(self, features: Features) -> Matrix:
        """Log-odds of leaving."""
        return log_odds_by_rule(features) if self.scorer is None else self.scorer.log_odds(features.values)

    def effects(self, features: Features) -> Matrix:
        """What each of ``GROUPS`` adds to the log-odds, a row a customer."""
        if self.scorer is not None:
            return self.scorer.effects(features.values)
        effects = np.zeros((features.values.shape[1], len(GROUPS)))
        effects[:, _SILENCE] = log_odds_by_rule(features)
        return effects
