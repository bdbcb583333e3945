"""The calendar's effect on everyone: hours, weekdays, months, campaigns."""

from random import Random

from deploy.simulator.draw import DAY

OPEN_HOURS = (7.0, 23.0, 19.0)
"""First, last and busiest hour of the day, UTC."""

WEEK = (0.7, 0.6, 0.5, 0.5, 0.75, 0.95, 0.95)
"""Chance that someone who means to buy on this weekday does not put it off by a day, from Monday."""

YEAR = (0.75, 0.85, 0.95, 1.0, 1.0, 0.95, 0.85, 0.85, 1.0, 1.05, 1.35, 1.6)
"""Speed of buying in each month against the usual one, from January."""

CAMPAIGNS = ("winter_sale", "", "spring", "", "garden", "", "summer_sale", "", "autumn", "", "black_week", "christmas")
"""Campaign that runs in the last quarter of each month, from January; empty where none does."""

_CAMPAIGN_FROM = 0.75
_THURSDAY = 3  # the weekday on which Unix time begins
_MONTH = 365.2425 / 12 * DAY  # months of equal length are right to two days, near enough for a season


def opening_hour(random: Random, moment: float) -> float:
    """Move a moment (Unix seconds) to a likely hour of its own day."""
    return moment // DAY * DAY + random.triangular(*OPEN_HOURS) * 3_600


def postpone(random: Random, moment: float) -> float:
    """Move a moment (Unix seconds) by whole days to a weekday on which people buy."""
    while random.random() > WEEK[int(moment // DAY + _THURSDAY) % 7]:
        moment += DAY
    return moment


def next_in_season(moment: float, usual: float) -> float:
    """Return when someone buys next who bought at ``moment`` (Unix seconds) and usually waits ``usual`` seconds."""
    waited, month = usual / _MONTH, moment / _MONTH
    while waited > (in_this_month := YEAR[int(month) % 12] * (int(month) + 1 - month)):
        waited -= in_this_month
        month = int(month) + 1
    return (month + waited / YEAR[int(month) % 12]) * _MONTH


def campaign(moment: float) -> str:
    """Return the campaign that runs at this moment (Unix seconds), or nothing."""
    month = moment / _MONTH
    return CAMPAIGNS[int(month) % 12] if month % 1.0 > _CAMPAIGN_FROM else ""
