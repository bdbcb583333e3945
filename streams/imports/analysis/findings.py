"""Findings about a history: what a careful analyst would look at, what it does to the result, and how to mend it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.moments import DAY_MS, text_of_ms
from streams.imports.analysis.profile import Profile

_FEW: Final = 20
"""Orders or customers below which shares say nothing."""

_MANY: Final = 50
"""Customers from which one with a tenth of all orders is strange."""

_HEAVY_SHARE: Final = 0.1
_ONE_TIME_SHARE: Final = 0.9
_HORIZONS: Final = 2


@dataclass(frozen=True, slots=True)
class HistoryFinding:
    """One finding.

    Attributes:
        what: What was found, with its number.
        effect: What it does to the result.
        remedy: What to do.
    """

    what: str
    effect: str
    remedy: str

    @property
    def line(self) -> str:
        """The finding as one line."""
        return f"- {self.what}: {self.effect}. {self.remedy}."


def summary(profile: Profile, source: Sequence[str] = ()) -> list[str]:
    """Return what a history is, as lines.

    Args:
        profile: Its counts.
        source: What is known of the files that it was made from.
    """
    if profile.first is None:
        return [*source, "no events"]
    kinds = ", ".join(f"{count:,} of type {kind}" for kind, count in sorted(profile.events.items()))
    customers = _about(profile.customers.share) + f"{profile.customers.number():,} customers"
    span = f"{text_of_ms(profile.first)} to {text_of_ms(profile.last)} ({profile.days:,.0f} days, in UTC)"
    return [*source, f"{profile.total:,} events ({kinds}), {customers}, {span}"]


def findings(profile: Profile, horizon_days: float, *, tells_holes: bool = True) -> list[HistoryFinding]:
    """Return what is found, in the order in which to look at it.

    Args:
        profile: Counts of the history.
        horizon_days: Days without a purchase after which a customer has left.
        tells_holes: False where holes are told by others.
    """
    found = [*_customers(profile), *_events(profile), *_time(profile, horizon_days)]
    return [*found, *_holes(profile)] if tells_holes else found


def _customers(profile: Profile) -> Iterator[HistoryFinding]:
    bought = [orders for orders in profile.customers.kept.values() if orders]
    number, orders = len(bought) * profile.customers.share, sum(bought) * profile.customers.share
    if number < _FEW:
        return
    one_time = sum(one == 1 for one in bought) / len(bought)
    if one_time == 1.0:
        yield HistoryFinding(
            f"no customer ever bought twice ({number:,} customers, {orders:,} orders)",
            "everybody seems to leave, and nothing can be learnt",
            "Look whether the customer's id is made anew for each order, as guest checkouts and sessions do; map the "
            "account, or a hash of the e-mail address",
        )
    elif one_time > _ONE_TIME_SHARE:
        yield HistoryFinding(
            f"{one_time:.0%} of {number:,} customers bought once only",
            "most risks will be close to 1, and the few who come again decide the result",
            "Look whether guests get a new id for each order; else this is the business, and the outlook of the rest "
            "is worth more than the average",
        )
    heaviest = profile.heaviest.most()
    if heaviest and number >= _MANY and heaviest[1] >= _HEAVY_SHARE * orders:
        yield HistoryFinding(
            f"customer {heaviest[0]} has {heaviest[1] / orders:.0%} of all orders",
            "a till, a marketplace or a test account counts as one person who never leaves",
            "Leave it out by the setting rows of the mapping, if it is none",
        )


def _events(profile: Profile) -> Iterator[HistoryFinding]:
    same = sum(value[1] for value in profile.ids.kept.values()) * profile.ids.share
    other = sum(value[2] for value in profile.ids.kept.values()) * profile.ids.share
    about = _about(profile.ids.share)
    if same:
        yield HistoryFinding(
            f"{about}{counted(same, 'event')} came again under their id with the same content",
            "repeats change nothing; they are counted once",
            "Nothing is to be done",
        )
    if other:
        yield HistoryFinding(
            f"{about}{counted(other, 'event')} came under an id that another event has",
            "only one of them can count, and what the others say is lost",
            "Give each event an id of its own, such as the order's with the line's number",
        )
    split = sum(events > 1 for events in profile.orders.kept.values()) * profile.orders.share
    if split:
        yield HistoryFinding(
            f"{_about(profile.orders.share)}{counted(split, 'order')} came in several events",
            "events with the same order_id and customer are one purchase",
            "Nothing is to be done if they are parts of one order; if a till counts its orders anew every day, put the "
            "date into the id",
        )
    if profile.disordered:
        yield HistoryFinding(
            f"{counted(profile.disordered, 'event')} lay before one of an earlier line",
            "they are taken as events that came late",
            "Nothing is to be done; a file that is out of order by more than the grace is sorted",
        )


def _time(profile: Profile, horizon_days: float) -> Iterator[HistoryFinding]:
    purchases = profile.events.get("purchase", 0)
    if profile.first is not None and profile.days < _HORIZONS * horizon_days:
        yield HistoryFinding(
            f"the history has {profile.days:,.0f} days, less than two horizons of {horizon_days:g} days",
            "few questions are answered, and little or nothing can be judged",
            "Import a longer history, or choose a shorter horizon: --suggest-horizon proposes one",
        )
    if purchases >= _FEW and not profile.seconds:
        yield HistoryFinding(
            "all purchases have the time 00:00 in UTC",
            "several in one day cannot be told apart, and with a wrong zone a day is the one before or after",
            "Map the time of the day if there is one, and say the zone by time.zone",
        )


def _holes(profile: Profile) -> Iterator[HistoryFinding]:
    for topic, hole in profile.holes():
        end = text_of_ms(hole.end) if hole.end else "the end"
        days = ((hole.end or profile.last) - hole.start) / DAY_MS
        yield HistoryFinding(
            f"nothing was heard on {topic} from {text_of_ms(hole.start)} to {end} ({days:,.0f} days)",
            f"about {hole.missing:,.0f} events are missing; time does not pass for silence meanwhile",
            "Export these days again, unless the business was closed",
        )


def counted(number: int, what: str) -> str:
    """Return a number with what it is of, such as 1 row or 2 rows."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _about(share: int) -> str:
    return "" if share == 1 else "about "
