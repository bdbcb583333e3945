"""The playbook: everything that ``retention.toml`` may say, each setting documented where it is declared."""

from datetime import date
from hashlib import blake2b
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from retention.catalogue.parse import did_you_mean, parse_condition

NONE: Final = "none"
"""The action of leaving a customer alone; it is always there and costs nothing."""

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0, le=1e9)]
Days = Annotated[float, Field(ge=1e-6, le=3650)]
Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,31}$")]
Words = Annotated[str, Field(min_length=1, max_length=200)]


def _quiet_day(day: str) -> str:
    if day in WEEKDAYS:
        return day
    try:
        date.fromisoformat(day)
    except ValueError:
        raise ValueError('expected a day of the week such as "sunday", or a date such as "2026-12-25"') from None
    return day


def _condition(text: str) -> str:
    parse_condition(text)
    return text


def _time_zone(name: str) -> str:
    try:
        if name:
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError('expected a zone of the IANA database such as "Europe/Berlin"') from None
    return name


QuietDay = Annotated[str, AfterValidator(_quiet_day)]
TimeZone = Annotated[str, Field(max_length=64), AfterValidator(_time_zone)]
ConditionText = Annotated[str, Field(max_length=2000), AfterValidator(_condition)]


class _PlaybookSection(BaseModel):
    """Base of sections; unknown settings are refused, so that a typing error is noticed."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Action(_PlaybookSection):
    """Something that can be done for a customer."""

    says: Words = Field(description="What to do, as a sentence for those who do it.")
    cost: Amount = Field(description="Cost of doing it once, reporting currency.")
    capacity_per_day: int = Field(ge=0, le=1_000_000_000, description="Number that the team can do in a day.")
    team: Words = Field(description="Who does it.")
    channels: tuple[Words, ...] = Field(
        min_length=1, max_length=8, strict=False, description="Ways to reach the customer, the preferred one first."
    )
    cooldown_days: Days = Field(description="Not again for the same customer for so long.")
    horizon_days: Days = Field(90.0, description="Time after which it is counted what it brought.")
    holdout_share: Share = Field(0.3, description="Share of customers for whom it is decided and not done.")
    template: str = Field("", max_length=200, description="Name of the text in the tool that sends it.")
    timing: Literal["now", "rhythm"] = Field(
        "now", description="When to begin: at once, or when the next purchase is overdue by the customer's own rhythm."
    )
    within_days: Days = Field(description="To be done within so many days from then; it lapses afterwards.")
    purchase_ends: bool = Field(
        default=True, description="False if it is to be done even if the customer buys meanwhile."
    )
    keeps: Share = Field(0.0, description="Share of the value at risk that it is expected to keep, until it is learnt.")
    brings: Amount = Field(0.0, description="Money that it is expected to bring besides, until it is learnt.")


class Rule(_PlaybookSection):
    """For whom which actions may be taken; the first rule that applies to a customer decides."""

    name: Words = Field(description="Name, which decisions show.")
    when: ConditionText = Field(description="Condition; see docs/retention.md for the names.")
    then: tuple[Name, ...] = Field(min_length=1, max_length=32, strict=False, description='Actions, or only "none".')
    keeps: Share | None = Field(None, description="For these customers, in place of the actions' own.")
    brings: Amount | None = Field(None, description="For these customers, in place of the actions' own.")


class Contacts(_PlaybookSection):
    """Limits of contacts, over all actions: their number, their days, and customers who get none."""

    at_most: int = Field(2, ge=1, le=50, description="Limit of a customer's contacts,")
    within_days: Days = Field(30.0, description="in so many days.")
    quiet_days: tuple[QuietDay, ...] = Field(
        (), max_length=400, strict=False, description="Days of the week and dates on which nobody is contacted."
    )
    utc_offset_hours: float = Field(0.0, ge=-12, le=14, description="Local time, which days are counted in.")
    time_zone: TimeZone = Field(
        "", description='In its place: a zone with its daylight saving time, for example "Europe/Berlin".'
    )
    never: dict[Annotated[str, Field(min_length=1, max_length=64)], str] = Field(
        {"consent": "no"}, max_length=32, description="Words in events' `extra` of those who are never contacted."
    )
    snooze_days: Days = Field(30.0, description="Nobody is contacted for so long after a person judged they will stay.")

    @model_validator(mode="after")
    def _leaves_a_day(self) -> Self:
        if set(WEEKDAYS) <= set(self.quiet_days):
            raise ValueError("quiet_days must leave at least one day of the week")
        return self

    @model_validator(mode="after")
    def _has_one_local_time(self) -> Self:
        if self.time_zone and self.utc_offset_hours:
            raise ValueError("time_zone and utc_offset_hours exclude each other: leave utc_offset_hours out")
        return self


class Exploration(_PlaybookSection):
    """Shares of decisions that are tried out, so that there is something to learn from."""

    share: Share = Field(0.02, description="Share of decisions that are drawn evenly among what pays.")
    sharpness: float = Field(
        20.0, ge=0, le=1e6, description="The greater, the rarer what is expected to bring less than the best."
    )
    rest_days: Days = Field(14.0, description="A customer for whom nothing was drawn is left alone for so long.")


class Holdout(_PlaybookSection):
    """Customers for whom decisions are made and not carried out."""

    season_days: Days = Field(91.0, description="Who is held out is drawn anew after so many days.")


class Occasions(_PlaybookSection):
    """Bounds from which on a customer has an occasion or is an advocate."""

    days: Days = Field(7.0, description="An occasion lasts for so long.")
    advocate_purchases: int = Field(5, ge=1, description="An advocate has bought at least so often,")
    advocate_risk: Share = Field(0.3, description="is at most so likely to leave, and had no trouble for a year.")


class Playbook(_PlaybookSection):
    """Actions, rules and limits."""

    contacts: Contacts = Contacts()
    exploration: Exploration = Exploration()
    holdout: Holdout = Holdout()
    occasions: Occasions = Occasions()
    actions: dict[Name, Action] = Field(min_length=1, max_length=32)
    rules: tuple[Rule, ...] = Field(min_length=1, max_length=100, strict=False)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if NONE in self.actions:
            raise ValueError(f"actions.{NONE} is always there and needs no section")
        names = [rule.name for rule in self.rules]
        for number, rule in enumerate(self.rules, start=1):
            if names.index(rule.name) != number - 1:
                raise ValueError(f"rules {names.index(rule.name) + 1} and {number} are both named {rule.name!r}")
            self._check_actions(number, rule)
        return self

    def _check_actions(self, number: int, rule: Rule) -> None:
        place = f"rule {number} ({rule.name}): then"
        for name in rule.then:
            if name != NONE and name not in self.actions:
                raise ValueError(f"{place} has {name!r}, which is no action; {did_you_mean(name, self.actions)}")
        if len(set(rule.then)) < len(rule.then):
            raise ValueError(f"{place} has an action twice")
        if NONE in rule.then and len(rule.then) > 1:
            raise ValueError(f'{place} has "{NONE}" beside actions; it stands alone, for it is always possible')

    @property
    def version(self) -> str:
        """Version of the policy: a hash of the content, which comments and spacing do not change."""
        unset = None if self.contacts.time_zone else {"contacts": {"time_zone"}}
        return blake2b(self.model_dump_json(exclude=unset).encode(), digest_size=6).hexdigest()
