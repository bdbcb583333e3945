"""Expected rows of each roll-up, computed from the records in plain Python; each record is given once.

Every roll-up's function returns the view's rows: the columns that name a row, and those that tell of it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import msgspec

from schemas.events.interaction import Interaction, Item
from schemas.records.score import RiskScore
from tests.sinks.shop import Records

Rows = dict[Any, tuple[Any, ...]]

DAY: Final = timedelta(days=1)


def cohorts(records: Records) -> Rows:
    lives = by(of(records, "purchase", "return"), lambda line: line.customer_id)
    latest = max(map(month, (line for life in lives.values() for line in life)))
    members: dict[date, list[list[Interaction]]] = defaultdict(list)
    for life in lives.values():
        if begun := [month(line) for line in life if line.type == "purchase"]:
            members[min(begun)].append(life)
    rows: Rows = {}
    for cohort, group in members.items():
        for months in range(between(cohort, latest) + 1):
            did = [[line for line in life if between(cohort, month(line)) == months] for life in group]
            bought = [[line for line in life if line.type == "purchase"] for life in did]
            returned = [line for life in did for line in life if line.type == "return"]
            revenue = worth(line for life in bought for line in life)
            rows[cohort, months] = len(group), sum(map(bool, bought)), revenue, len(returned), worth(returned)
    return rows


def campaigns(records: Records) -> Rows:
    rows: Rows = {}
    bought = by(orders_of(of(records, "purchase")), lambda line: line.customer_id)
    for campaign, orders in by(orders_of(of(records, "purchase")), lambda line: line.campaign).items():
        reached = by(orders, lambda line: line.customer_id)
        firsts = {customer: min(line.occurred_at for line in lines) for customer, lines in reached.items()}
        followed = {who: at for who, at in firsts.items() if at + 90 * DAY <= clock(records)}
        again = [who for who, at in followed.items() if any(follows(line, at) for line in bought[who])]
        rows[campaign] = len(orders), len(reached), worth(orders), len(followed), share(len(again), len(followed))
    return rows


def products(records: Records) -> Rows:
    contacts = by(of(records, "support_contact"), lambda line: line.customer_id)
    rows: Rows = {}
    for sku, lines in lines_of(records).items():
        sold = [(line, item) for line, item in lines if line.type == "purchase"]
        back = [(line, item) for line, item in lines if line.type == "return"]
        units, returned = (sum(item.quantity for _, item in some) for some in (sold, back))
        reasons = Counter(line.reason for line, _ in back if line.reason)
        buyers = by((line for line, _ in sold), lambda line: line.customer_id)
        asked = [
            contact
            for who, orders in buyers.items()
            for contact in contacts.get(who, ())
            if any(line.occurred_at <= contact.occurred_at <= line.occurred_at + 14 * DAY for line in orders)
        ]
        answers = [answer(records, who, min(line.occurred_at for line in orders)) for who, orders in buyers.items()]
        left = [has_left for _, has_left in filter(None, answers)]
        rows[sku] = (
            units,
            sum((item.amount for _, item in sold), Decimal(0)),
            returned,
            share(returned, units),
            min(reasons, key=lambda reason: (-reasons[reason], reason), default=""),
            [{"reason": one, "times": reasons[one]} for one in sorted(reasons, key=lambda one: (-reasons[one], one))],
            len(buyers),
            len(asked),
            len(left),
            share(sum(left), len(left)),
        )
    return rows


def also_bought(records: Records) -> Rows:
    everyone = len({line.customer_id for line in of(records, "purchase")})
    buyers: dict[tuple[str, str], int] = Counter()
    for shelf in shelves(records).values():
        if len(shelf) > 200:
            continue
        for sku, at in shelf.items():
            for other, also in shelf.items():
                buyers[sku, other] += any(abs(one - two) <= 90 * DAY for one in at for two in also)
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for (sku, other), both in buyers.items():
        if sku != other and both >= 5:
            confidence = both / buyers[sku, sku]
            lift = confidence * everyone / buyers[other, other]
            found[sku].append((-lift, -both, other, both / everyone, confidence))
    return {
        (sku, other): (-both, support, confidence, -lift, clock(records))
        for sku, others in found.items()
        for lift, both, other, support, confidence in sorted(others)[:10]
    }


def contact_drivers(records: Records) -> Rows:
    lives = by(records.interactions, lambda line: line.customer_id)
    rows: Rows = {}
    for topic, contacts in by(of(records, "support_contact"), lambda line: line.topic).items():
        known = [line.resolved for line in contacts if line.resolved is not None]
        told = [line.satisfaction for line in contacts if line.satisfaction is not None]
        followed = [line for line in contacts if line.occurred_at + 90 * DAY <= clock(records)]
        after = [
            {line.type for line in lives[contact.customer_id] if follows(line, contact.occurred_at)}
            for contact in followed
        ]
        answers = [(line, answer(records, line.customer_id, line.occurred_at)) for line in contacts]
        left = [found[1] for line, found in answers if found and found[0] <= line.occurred_at + 90 * DAY]
        rows[topic] = (
            len(contacts),
            share(known.count(False), len(known)),
            share(sum(told), len(told)),
            len(followed),
            share(sum("purchase" in types for types in after), len(followed)),
            share(sum("return" in types for types in after), len(followed)),
            len(left),
            share(sum(left), len(left)),
        )
    return rows


def lost_customers(records: Records) -> Rows:
    rows: Rows = {}
    for who, life in by(records.interactions, lambda line: line.customer_id).items():
        bought = [line.occurred_at for line in life if line.type == "purchase"]
        asked = [
            example
            for example in records.training_examples
            if bought and example.customer_id == who and example.left and example.asked_at >= max(bought)
        ]
        if asked:
            first = min(asked, key=lambda example: example.asked_at)
            since, lost_at = max(bought) - 30 * DAY, first.settled_at
            recent = [line for line in life if since <= line.occurred_at <= lost_at]
            before = "return" if any(line.type == "return" for line in recent) else "silence"
            before = "unresolved contact" if any(line.resolved is False for line in recent) else before
            said = [score for score in scores_until(records, who, lost_at) if score.life_cycle != "gone"]
            then = [score for score in scores_until(records, who, first.asked_at) if score.scored_at == first.asked_at]
            margin = then[-1].yearly_margin if then else 0.0
            rows[who] = max(bought), lost_at, said[-1].segment if said else "", margin, before
    return rows


def daily_risk(records: Records) -> Rows:
    groups: dict[Any, list[tuple[RiskScore, int]]] = defaultdict(list)
    for who in {score.customer_id for score in records.risk_scores}:
        last = {score.scored_at.date(): score for score in scores_until(records, who, None)}
        days = [None, *(score for _, score in sorted(last.items()))]
        for before, score in pairwise(days):
            assert score is not None
            key = score.scored_at.date(), score.segment, ("low", "middle", "high")[band(score)]
            groups[key].append((score, band(score) - band(before or score)))
    return {
        key: (
            len(group),
            sum(score.risk for score, _ in group) / len(group),
            sum(score.value_at_risk for score, _ in group),
            sum(move > 0 for _, move in group),
            sum(move < 0 for _, move in group),
        )
        for key, group in groups.items()
    }


def segment_moves(records: Records) -> Rows:
    rows: Rows = {}
    deeds = {"support_contact": "contact", "action_taken": "action"}
    did = {
        (line.customer_id, line.stamped_at): deeds.get(line.type, line.type)
        for line in sorted(records.interactions, key=by_weight)
    }
    for who in {score.customer_id for score in records.risk_scores}:
        last = {score.scored_at: score for score in scores_until(records, who, None)}
        for before, after in pairwise(last.values()):
            deed = did.get((who, after.scored_at), "interaction") if after.cause == "interaction" else "silence"
            for kind in ("segment", "life_cycle", "value_tier"):
                was, became = getattr(before, kind), getattr(after, kind)
                if was and became and was != became:
                    moment = after.scored_at
                    what = was, became, deed, after.risk, after.value_at_risk
                    rows[who, moment.date(), moment, kind] = what
    return rows


def orders_of(purchases: Iterable[Interaction]) -> list[Interaction]:
    """Return one purchase for each order of a customer under a campaign: at its first moment, with its whole amount."""
    orders: dict[tuple[str, str, str], list[Interaction]] = defaultdict(list)
    for line in purchases:
        orders[line.customer_id, line.campaign, line.order_id].append(line)
    return [
        msgspec.structs.replace(parts[0], occurred_at=min(line.occurred_at for line in parts), amount=worth(parts))
        for parts in orders.values()
    ]


def by_weight(line: Interaction) -> int:
    """Of several at one moment, what says most comes last."""
    return ("action_taken", "judgement", "support_contact", "return", "purchase").index(line.type)


def of(records: Records, *types: str) -> Iterator[Interaction]:
    return (line for line in records.interactions if line.type in types)


def by(lines: Iterable[Interaction], key: Callable[[Interaction], str]) -> Mapping[str, list[Interaction]]:
    groups: dict[str, list[Interaction]] = defaultdict(list)
    for line in lines:
        groups[key(line)].append(line)
    return groups


def lines_of(records: Records) -> Mapping[str, list[tuple[Interaction, Item]]]:
    lines: dict[str, list[tuple[Interaction, Item]]] = defaultdict(list)
    for line in of(records, "purchase", "return"):
        for item in line.items:
            lines[item.sku].append((line, item))
    return lines


def shelves(records: Records) -> Mapping[str, Mapping[str, list[datetime]]]:
    """Return the times at which each customer bought the articles that were kept."""
    shelves: dict[str, dict[str, list[datetime]]] = defaultdict(dict)
    for sku, lines in lines_of(records).items():
        kept, kept_of_order = Counter[str](), Counter[tuple[str, str]]()
        for line, item in lines:
            quantity = item.quantity if line.type == "purchase" else -item.quantity
            kept[line.customer_id] += quantity
            kept_of_order[line.customer_id, line.order_id] += quantity
        for line, _ in lines:
            who = line.customer_id
            if line.type == "purchase" and kept[who] > 0 and kept_of_order[who, line.order_id] > 0:
                shelves[who].setdefault(sku, []).append(line.occurred_at)
    return shelves


def answer(records: Records, who: str, since: datetime) -> tuple[datetime, bool] | None:
    """Return the time of the first settled question since a moment, and True if the customer had left."""
    answers = [
        (example.asked_at, example.left)
        for example in records.training_examples
        if example.customer_id == who and example.asked_at >= since
    ]
    return min(answers, default=None)


def scores_until(records: Records, who: str, until: datetime | None) -> list[RiskScore]:
    """The customer's scores in the order in which they hold; of two at one moment the interaction's holds."""
    scores = [score for score in records.risk_scores if score.customer_id == who]
    scores = [score for score in scores if until is None or score.scored_at <= until]
    return sorted(scores, key=lambda score: (score.scored_at, score.cause == "interaction"))


def follows(line: Interaction, at: datetime) -> bool:
    return at < line.occurred_at <= at + 90 * DAY


def clock(records: Records) -> datetime:
    return max(line.stamped_at for line in records.interactions)


def worth(lines: Iterable[Interaction]) -> Decimal:
    return sum((line.amount for line in lines), Decimal(0))


def month(line: Interaction) -> date:
    return line.occurred_at.date().replace(day=1)


def between(one: date, other: date) -> int:
    return (other.year - one.year) * 12 + other.month - one.month


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def band(score: RiskScore) -> int:
    return (score.risk >= 0.3) + (score.risk >= 0.7)
