"""Settings of what is computed of customers: money, risk, segments, alerts and decisions."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from schemas.settings.section import Positive, Section, Share


class MoneySettings(Section):
    """Settings of the reporting currency and the exchange rates."""

    reporting_currency: str = Field("USD", pattern="^[A-Z]{3}$", description="Currency of every `amount` column.")
    rates: dict[str, Annotated[Decimal, Field(gt=0, lt=100_000_000)]] = Field(
        default={
            "USD": Decimal(1),
            "AUD": Decimal("0.65"),
            "CAD": Decimal("0.72"),
            "CHF": Decimal("1.24"),
            "CNY": Decimal("0.14"),
            "DKK": Decimal("0.155"),
            "EUR": Decimal("1.16"),
            "GBP": Decimal("1.33"),
            "JPY": Decimal("0.0066"),
            "NOK": Decimal("0.099"),
            "PLN": Decimal("0.27"),
            "SEK": Decimal("0.105"),
        },
        description="Worth of one unit of each accepted currency in the reporting currency; set your own.",
    )

    @model_validator(mode="after")
    def _reporting_currency_is_worth_itself(self) -> "MoneySettings":
        if self.rates.get(self.reporting_currency) != 1:
            raise ValueError(f"rates must hold the reporting currency {self.reporting_currency} at 1")
        return self


class RiskSettings(Section):
    """Settings of questions, reviews and the outlook."""

    horizon_days: float = Field(90.0, gt=0, le=730, description="Leaving means buying nothing for this long.")
    grace_days: float = Field(1.0, ge=0, le=30, description="An answer waits this long for late events.")
    reviews_per_horizon: int = Field(3, ge=1, le=366, description="Reviews of the silent; some three ask a question.")
    complaint_days: float = Field(7.0, gt=0, le=730, description="A complaint open for this long is looked at again.")
    max_open_questions: int = Field(16, ge=1, le=200, description="Limit of a customer's open questions.")
    remembered_events: int = Field(32, ge=0, le=1000, description="Event ids kept to catch upstream's duplicates.")
    min_examples: int = Field(500, ge=1, description="Answers learnt before the model is trusted over the rule.")
    epoch_hours: float | None = Field(
        None, ge=1 / 3600, le=8760, description="Log time that one model scores; a ninetieth of the horizon if unset."
    )
    model_lag_epochs: int = Field(
        3, ge=0, le=100, description="An epoch is scored by the model of the border so many epochs before it."
    )
    model_wait_seconds: float = Field(
        60.0, ge=0, description="Wait for the model of an epoch; after it the last one scores, not pinned."
    )
    margin: Share = Field(0.3, description="Share of the revenue that is margin.")
    less_than: float = Field(0.5, gt=0, le=1, description="Less than usual: below this part of the usual spending.")
    more_than: float = Field(1.5, ge=1, le=100, description="More than usual: above this multiple of it.")


class SegmentSettings(Section):
    """Settings of life cycle stages, value tiers and segments."""

    high_risk: Share = Field(0.7, description="Risk from which a customer is likely to leave.")
    learn_tiers: bool = Field(default=True, description="Learn what is high and middle value from all customers.")
    high_share: Share = Field(0.2, description="Learnt: this share of last year's buyers is of high value,")
    middle_share: Share = Field(0.3, description="and the next ones, this share, of middle value.")
    high_value: Annotated[float, Field(ge=0)] = Field(30.0, description="Not learnt: high value, margin a year.")
    middle_value: Annotated[float, Field(ge=0)] = Field(10.0, description="Not learnt: middle value, margin a year.")
    new_days: Annotated[float, Field(ge=0)] = Field(30.0, description="New for so long after the first purchase.")
    slipping_gaps: Positive = Field(1.5, description="Slipping: silent for so many of their own usual gaps,")
    slipping_pace: Annotated[float, Field(ge=0)] = Field(0.6, description="or spending less than this much of usual.")
    growing_pace: Positive = Field(1.5, description="Growing: spending more than this many times usual.")
    gone_gaps: Positive = Field(2.0, description="Gone: silent for the horizon and for so many usual gaps.")

    @model_validator(mode="after")
    def _stages_follow_one_another(self) -> "SegmentSettings":
        if self.slipping_gaps > self.gone_gaps:
            raise ValueError("slipping_gaps must not lie above gone_gaps: customers slip before they are gone")
        if self.slipping_pace > self.growing_pace:
            raise ValueError("slipping_pace must not lie above growing_pace")
        if self.high_share + self.middle_share > 1.0:
            raise ValueError("high_share and middle_share must not exceed 1 together")
        return self


class AlertSettings(Section):
    """Settings of alerts."""

    raise_risk: Share = Field(0.6, description="Raised when the risk reaches this,")
    raise_value_at_risk: Annotated[float, Field(ge=0)] = Field(25.0, description="and this much margin is at risk;")
    silent_gaps: Annotated[float, Field(ge=0)] = Field(
        1.9, description="where silence is all that shows, not before it has lasted so many of the own usual gaps."
    )
    overdue_gaps: Positive = Field(3.0, description="From there until it has lasted so many,")
    overdue_relief: Share = Field(0.12, description="both risks fall evenly, by this in all.")
    clear_risk: Share = Field(0.5, description="Cleared when the risk falls below this,")
    clear_value_at_risk: Annotated[float, Field(ge=0)] = Field(10.0, description="or the value at risk below this.")

    @model_validator(mode="after")
    def _limits_follow_one_another(self) -> "AlertSettings":
        if self.clear_risk > self.raise_risk or self.clear_value_at_risk > self.raise_value_at_risk:
            raise ValueError("clear_risk and clear_value_at_risk must not lie above raise_risk and raise_value_at_risk")
        if self.silent_gaps >= self.overdue_gaps:
            raise ValueError("silent_gaps must lie below overdue_gaps")
        return self


class RetentionSettings(Section):
    """Settings of decisions and their outcomes."""

    enabled: bool = Field(default=True, description="Decide at scores what is done to keep customers, and count it.")
    playbook: Path | None = Field(
        None, description="File of actions and rules; unset: retention.toml in the working directory, or the default."
    )
