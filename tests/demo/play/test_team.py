"""The demo's team carries out decisions as people would, and knows what became of each."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

import msgspec

from deploy.demo.play.team import SimulatedTeam
from deploy.simulator.customers.population import CURRENCIES, SimulatedCustomer, arrivals
from deploy.simulator.draw import DAY, Event
from deploy.simulator.treatments.treated_shop import TreatedShop
from retention.catalogue.compiled import compile_playbook
from retention.catalogue.read import read_playbook
from schemas.moments import DAY_MS, from_ms, to_ms
from schemas.records.decisions import RetentionDecision
from streams.retention_file import default_text

SEED, START = 3, 1_700_000_000.0
MONDAY = 1_700_438_400_000
"""Midnight of Monday, 20 November 2023: the default playbook is quiet on Sundays."""


def _customers() -> Iterator[SimulatedCustomer]:
    return islice(arrivals(seed=SEED, customers=40, start=START, days=100, currencies=CURRENCIES), 40)


def _team() -> tuple[SimulatedTeam, TreatedShop]:
    shop = TreatedShop(_customers(), seed=SEED, prefix="shop")
    book = compile_playbook(read_playbook(default_text()))
    return SimulatedTeam(shop, book, lambda amount, _currency: 0.3 * amount), shop


def _decision(number: int, **changes: Any) -> RetentionDecision:  # noqa: ANN401 - any field
    decision = RetentionDecision(
        decision_id=f"d-{number:04}",
        customer_id=f"customer-{number:06}",
        decided_at=from_ms(MONDAY),
        action="remind",
        held_out=False,
        propensity={"remind": 1.0, "none": 0.0},
        policy_version="v",
        rule="overdue",
        expected_gain=1.0,
        interval=None,
        cost=0.1,
        risk=0.5,
        value_at_risk=100.0,
        reasons=(),
        what_changed=(),
        do_after=from_ms(MONDAY),
        due_by=from_ms(MONDAY + 3 * DAY_MS),
        team="marketing",
        channel="email",
        template="",
        segment="look_after",
    )
    return msgspec.structs.replace(decision, **changes)


def _deeds(team: SimulatedTeam, now: int) -> list[Event]:
    return list(team.deeds(now))


def test_it_does_what_was_decided_once_its_time_has_come() -> None:
    team, _ = _team()
    team.take([_decision(1, do_after=from_ms(MONDAY + DAY_MS))])

    assert _deeds(team, MONDAY + DAY_MS - 1) == []
    (deed,) = _deeds(team, MONDAY + DAY_MS)

    assert (deed["type"], deed["decision_id"], deed["result"]) == ("action_taken", "d-0001", "done")
    assert _deeds(team, MONDAY + 2 * DAY_MS) == []


def test_nobody_is_told_of_ghosts_and_of_who_is_left_alone() -> None:
    team, _ = _team()
    team.take([_decision(1, held_out=True), _decision(2, action="none", team="")])

    assert _deeds(team, MONDAY + DAY_MS) == []


def test_what_is_seen_too_late_lapses() -> None:
    team, _ = _team()
    team.take([_decision(1)])

    assert _deeds(team, MONDAY + 3 * DAY_MS + 1) == []
    assert team.truth(MONDAY)["remind"].lapsed == 1


def test_what_exceeds_a_days_capacity_waits_for_the_next_or_lapses() -> None:
    team, _ = _team()
    day = timedelta(days=1)
    team.take(
        [_decision(n, action="call", due_by=from_ms(MONDAY) + day - timedelta(milliseconds=1)) for n in range(50)]
    )

    assert len({deed["decision_id"] for deed in _deeds(team, MONDAY)}) == 40
    assert team.truth(MONDAY)["call"].lapsed == 10


def test_a_purchase_makes_a_reminder_needless_and_thanks_not() -> None:
    team, _ = _team()
    team.take([_decision(1), _decision(2, action="thank_you")])
    for number in (1, 2):
        team.note({"type": "purchase", "customer_id": f"customer-{number:06}"}, MONDAY + 1)

    assert [deed["action"] for deed in _deeds(team, MONDAY + 2)] == ["thank_you"]
    assert team.truth(MONDAY)["remind"].needless == 1


def test_who_does_not_answer_the_phone_is_called_again_the_next_day() -> None:
    team, _ = _team()
    team.take([_decision(n, action="call") for n in range(40)])
    first = _deeds(team, MONDAY)
    missed = [deed["decision_id"] for deed in first if deed["result"] == "no_answer"]

    again = _deeds(team, MONDAY + DAY_MS)

    assert missed
    assert sorted(str(deed["decision_id"]) for deed in again) == sorted(map(str, missed))
    assert len({deed["event_id"] for deed in first + again}) == len(first + again)


def test_the_true_gain_is_that_of_the_shop_over_all_who_were_not_held_out() -> None:
    team, shop = _team()
    at = int((START + 90 * DAY) * 1000)
    one = [customer.customer_id for customer in _customers()]
    events = shop.events()
    while next(events)[0] * 1000 < at:
        pass
    team.take(
        _decision(n, customer_id=name, decided_at=from_ms(at), do_after=from_ms(at), due_by=from_ms(at + 9 * DAY_MS))
        for n, name in enumerate(one)
    )
    moment, _, _ = next(events)
    assert len(_deeds(team, max(int(moment * 1000), to_ms(from_ms(at + 7 * DAY_MS))))) == 40
    for later, _, _ in events:
        if later * 1000 > at + 100 * DAY_MS:
            break

    reminders = team.truth(at + 30 * DAY_MS)["remind"]

    assert reminders.true_gain is not None
    assert round(reminders.true_gain, 9) == round(0.3 * sum(gain.amount for gain in shop.gains) / 40, 9)
    assert team.truth(at + 29 * DAY_MS)["remind"].true_gain is None, "no horizon has passed"
