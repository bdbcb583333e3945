"""Decisions and outcomes in whole lives follow from the facts and their stamps, and outcomes count what happened."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.advance import advance_all, receive
from customers.case import Case
from customers.encoding.encode import decode_customer, encode_customer
from customers.facts import ACTION, CONTACT, JUDGEMENT, PURCHASE, RETURN, Fact, Told
from customers.features.features import Features, Matrix
from customers.reviews.alert import change_alert
from customers.reviews.looks import Looked, Planned, Planner, next_look
from customers.reviews.schedule import due_at
from customers.state import Customer
from retention.catalogue.compiled import CompiledPlaybook
from retention.catalogue.playbook import NONE
from retention.decide.choice.gains import EstimatesOf
from retention.decide.memory.state import decode_retention
from retention.decide.planner import RetentionPlanner
from retention.decide.policy_state import PolicyInForce, policy_in_force
from retention.outcomes.open_outcome import MOST_OPEN_OUTCOMES
from retention.outcomes.settle import RESULTS
from schemas.moments import DAY_MS, to_ms
from schemas.records.alert import Alert
from schemas.records.decisions import DecisionOutcome, RetentionDecision
from schemas.records.score import Score
from schemas.settings.risk import AlertSettings
from tests.customers.lives import POLICY, START, facts, judge, purchase
from tests.kit.suite.cases import cases
from tests.retention.decide.cases import ACTIONS, action, book_of, playbooks, rule

END: Final = START + 400 * DAY_MS
MARGIN: Final = 0.3


@st.composite
def told(draw: st.DrawFn, names: st.SearchStrategy[int]) -> Fact:
    """Return a strategy for what people did and thought, and for customers' wishes."""
    fact = draw(facts(names))
    kind = draw(st.sampled_from((ACTION, ACTION, JUDGEMENT, PURCHASE)))
    words = Told(
        action=draw(st.sampled_from(ACTIONS)),
        result=draw(st.sampled_from(RESULTS[1:])),
        by="ann",
        note=draw(st.sampled_from(("", "angry"))),
        likely_to_leave=draw(st.none() | st.booleans()),
        wish=draw(st.sampled_from((None, None, None, False, True))),
    )
    return msgspec.structs.replace(fact, kind=kind, told=words, amount=float(kind == PURCHASE))


lives = st.lists(
    facts(st.integers(0, 2**64 - 1)) | told(st.integers(0, 2**64 - 1)), max_size=15, unique_by=lambda fact: fact.event
)
lives_with_repeats = st.lists(facts(st.integers(0, 12)) | told(st.integers(0, 12)), max_size=20)


class Looks(Planner):
    """Plans looks without a model."""

    def __call__(self, looked: Sequence[Looked], features: Features) -> list[Planned]:
        """Look when it is due, and on the grid."""
        assert features.values.shape[1] == len(looked)
        for one in looked:
            one.customer.next_review = next_look(one.heard, one.customer_id, one.score, POLICY, bought=one.bought)
        return [Planned(change_alert(one.customer, one.score, one.customer.clock, AlertSettings())) for one in looked]


@dataclass(frozen=True)
class _Unlearnt:
    """A policy of which nothing was learnt."""

    in_force: PolicyInForce

    def estimates_of(self, values: Matrix) -> EstimatesOf | None:
        """Know nothing."""
        del values
        return None


class Followed(NamedTuple):
    """Results of a life: a customer's decisions, notices and outcomes, each in order."""

    decisions: list[RetentionDecision]
    notices: list[Alert]
    outcomes: list[DecisionOutcome]


def planner_of(book: CompiledPlaybook) -> RetentionPlanner:
    policy = _Unlearnt(policy_in_force(book))
    return RetentionPlanner(Looks(), POLICY, book, lambda _: policy, MARGIN)


def valued(customers: Sequence[Customer], moments: Sequence[int], features: Features) -> list[Score]:
    """Score as ``judge`` does, with enough at risk for something to pay."""
    return [
        msgspec.structs.replace(score, value_at_risk=50.0 * customer.purchases, yearly_margin=80.0)
        for score, customer in zip(judge(customers, moments, features), customers, strict=True)
    ]


def followed(
    lives_of: dict[str, list[Fact]], book: CompiledPlaybook, steps: Sequence[int] = ()
) -> dict[str, tuple[Followed, bytes]]:
    """Live through lives together, with the states stored and read again between steps."""
    found = {name: Followed([], [], []) for name in lives_of}
    stored = {name: encode_customer(Customer(), 0) for name in lives_of}
    for number, until in enumerate([*steps, END]):
        batch = [Case(name, decode_customer(stored[name])) for name in lives_of]
        for case in batch:
            for fact in lives_of[case.customer_id] if number == 0 else ():
                receive(case.customer, fact)
        advance_all(batch, until, POLICY, valued, planner=planner_of(book))
        for case in batch:
            own = found[case.customer_id]
            for one in case.result.in_order:
                own.notices.extend(one.planned.notices)
                own.outcomes.extend(one.planned.outcomes)
                if one.planned.decision is not None:
                    own.decisions.append(one.planned.decision)
            stored[case.customer_id] = encode_customer(case.customer, due_at(case.customer))
    return {name: (own, stored[name]) for name, own in found.items()}


def alone(life: list[Fact], book: CompiledPlaybook, steps: Sequence[int] = ()) -> tuple[Followed, bytes]:
    return followed({"somebody": life}, book, steps)["somebody"]


@settings(max_examples=cases(300, usual=20))
@given(book=playbooks(), life=lives, steps=st.lists(st.integers(START, END), max_size=6).map(sorted))
def test_what_follows_does_not_depend_on_where_pages_end(
    book: CompiledPlaybook, life: list[Fact], steps: list[int]
) -> None:
    assert alone(life, book, steps) == alone(life, book)


@settings(max_examples=cases(300, usual=20))
@given(book=playbooks(), life=lives, data=st.data())
def test_what_follows_does_not_depend_on_the_order_of_arrival(
    book: CompiledPlaybook, life: list[Fact], data: st.DataObject
) -> None:
    assert alone(data.draw(st.permutations(life)), book) == alone(life, book)


@settings(max_examples=cases(300, usual=20))
@given(book=playbooks(), people=st.lists(lives, min_size=2, max_size=4))
def test_what_follows_for_a_customer_does_not_depend_on_the_others(
    book: CompiledPlaybook, people: list[list[Fact]]
) -> None:
    together = followed({f"c-{number}": life for number, life in enumerate(people)}, book)

    for number, life in enumerate(people):
        assert followed({f"c-{number}": life}, book) == {f"c-{number}": together[f"c-{number}"]}


@settings(max_examples=cases(500, usual=30))
@given(book=playbooks(), life=lives_with_repeats)
def test_outcomes_count_what_the_log_has_within_their_horizons(book: CompiledPlaybook, life: list[Fact]) -> None:
    for outcome in alone(life, book)[0].outcomes:
        decided, settled = to_ms(outcome.decided_at), to_ms(outcome.settled_at)
        closes = decided + round(outcome.horizon_days * DAY_MS)
        within = [fact for fact in _once(life) if fact.stamp <= settled and decided < fact.occurred <= closes]
        bought = [fact.amount for fact in within if fact.kind == PURCHASE]
        returned = [fact.amount for fact in within if fact.kind == RETURN]

        assert settled == closes + POLICY.grace_ms
        assert (outcome.purchases, outcome.bought) == (len(bought), bool(bought))
        assert outcome.refunds == pytest.approx(sum(returned), abs=1e-6)
        assert outcome.margin == pytest.approx(MARGIN * (sum(bought) - sum(returned)), rel=1e-9, abs=1e-5)


def _once(life: list[Fact]) -> list[Fact]:
    """Keep the first of the facts of one event, as folding does."""
    first: dict[int, Fact] = {}
    for fact in life:
        known = first.get(fact.event)
        first[fact.event] = fact if known is None else _earlier(known, fact)
    return list(first.values())


def _earlier(one: Fact, other: Fact) -> Fact:
    customer = Customer()
    receive(customer, one)
    receive(customer, other)
    return customer.pending[0]


@settings(max_examples=cases(300, usual=20))
@given(book=playbooks(), life=lives)
def test_every_decision_has_one_outcome_once_its_horizon_is_over(book: CompiledPlaybook, life: list[Fact]) -> None:
    own, stored = alone(life, book)
    state = decode_retention(decode_customer(stored).retention) if own.decisions else None
    still_open = {opened.decided_at for opened in state.outcomes} if state else set()

    settled = Counter(outcome.decision_id for outcome in own.outcomes)
    assert all(count == 1 for count in settled.values())
    for decision in own.decisions:
        assert (decision.decision_id in settled) != (to_ms(decision.decided_at) in still_open)


@settings(max_examples=cases(300, usual=30))
@given(book=playbooks(), life=lives_with_repeats)
def test_people_are_told_of_what_is_to_be_done_and_of_its_end_and_of_no_ghost(
    book: CompiledPlaybook, life: list[Fact]
) -> None:
    own, _ = alone(life, book)
    told: defaultdict[str, list[str]] = defaultdict(list)
    for notice in own.notices:
        told[notice.decision_id].append(notice.state)

    for decision in own.decisions:
        if decision.held_out or decision.action == NONE:
            assert decision.decision_id not in told
        else:
            assert told[decision.decision_id] in (["raised"], ["raised", "cleared"])
    assert set(told) <= {decision.decision_id for decision in own.decisions}


@settings(max_examples=cases(300, usual=30))
@given(book=playbooks(), life=lives_with_repeats)
def test_no_one_is_decided_for_beyond_cooldowns_and_limits_whatever_comes_late_or_twice(
    book: CompiledPlaybook, life: list[Fact]
) -> None:
    contacts, last = book.playbook.contacts, dict[str, int]()
    begun: list[int] = []
    for decision in alone(life, book)[0].decisions:
        if decision.action == NONE:
            continue
        at, cooldown = to_ms(decision.decided_at), book.playbook.actions[decision.action].cooldown_days * DAY_MS

        assert at - last.get(decision.action, 0) >= cooldown
        assert sum(at - one < contacts.within_days * DAY_MS for one in begun) < contacts.at_most
        last[decision.action] = at
        begun.append(at)


@settings(max_examples=cases(300, usual=20))
@given(book=playbooks(), life=lives)
def test_the_scores_are_the_same_whether_anything_is_decided_or_not(book: CompiledPlaybook, life: list[Fact]) -> None:
    deciding, others = Case("somebody", Customer()), Case("somebody", Customer())
    for case in (deciding, others):
        for fact in life:
            receive(case.customer, fact)

    advance_all([deciding], END, POLICY, valued, planner=planner_of(book))
    advance_all([others], END, POLICY, valued, planner=Looks())

    assert [(one.now, one.cause, one.score, one.alert) for one in deciding.result.scored] == [
        (one.now, one.cause, one.score, one.alert) for one in others.result.scored
    ]


BUSY: Final = book_of(
    contacts={"at_most": 50, "within_days": 1.0},
    actions={"call": action(cooldown_days=1e-6, within_days=1e-6, horizon_days=3650.0, keeps=1.0)},
    rules=[rule()],
)


def test_open_outcomes_are_bounded() -> None:
    life = [purchase(START + day * DAY_MS) for day in range(60)]

    own, stored = alone(life, BUSY)

    assert len(own.decisions) == MOST_OPEN_OUTCOMES
    assert len(decode_retention(decode_customer(stored).retention).outcomes) == MOST_OPEN_OUTCOMES


def test_probabilities_of_what_is_in_effect_sum_to_one_and_know_the_draw_once_it_was_revealed() -> None:
    book = book_of(
        contacts={"at_most": 50, "within_days": 1.0},
        exploration={"share": 0.5, "sharpness": 0.0, "rest_days": 1.0},
        holdout={"season_days": 3650.0},
        actions={"call": action(cooldown_days=1.0, within_days=1.0, horizon_days=5.0, holdout_share=0.3, keeps=1.0)},
    )
    people = {f"c-{number}": [purchase(START + day * DAY_MS) for day in range(0, 60, 4)] for number in range(20)}

    for own, _ in followed(people, book).values():
        calls = [outcome for outcome in own.outcomes if outcome.action == "call"]
        assert all(sum(outcome.probability.values()) == pytest.approx(1.0) for outcome in own.outcomes)
        assert [outcome.held_out_probability for outcome in calls] == [
            0.3,
            *[float(calls[0].held_out)] * (len(calls) - 1),
        ]
        assert [outcome.gain_score is None for outcome in calls] == [False, *[True] * (len(calls) - 1)]


def test_a_result_ends_its_decision_and_is_in_the_outcome_with_its_cost() -> None:
    life = [purchase(START)]
    (decision,) = alone(life, REPORTED)[0].decisions
    at = to_ms(decision.decided_at) + 1
    done = Fact(at, 7, ACTION, at, told=Told("call", "accepted", decision.decision_id, "ann"))

    own, _ = alone([*life, done], REPORTED)

    assert [(notice.state, notice.ended_by) for notice in own.notices] == [("raised", ""), ("cleared", "result")]
    assert [(outcome.result, outcome.cost) for outcome in own.outcomes] == [("accepted", 1.0)]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (PURCHASE, Told(wish=True)),
        (CONTACT, Told(wish=True)),
        (JUDGEMENT, Told(by="ann", likely_to_leave=False)),
    ],
)
def test_whoever_is_to_be_left_alone_by_now_is_told_to_be_so_at_once(kind: int, told: Told) -> None:
    life = [purchase(START)]
    (decision,) = alone(life, LASTING)[0].decisions
    at = to_ms(decision.decided_at) + 1

    own, _ = alone([*life, Fact(at, 7, kind, at, told=told)], LASTING)

    assert [(one.state, one.ended_by, to_ms(one.changed_at)) for one in own.notices[:2]] == [
        ("raised", "", at - 1),
        ("cleared", "", at),
    ]


def test_nobody_is_decided_for_who_must_not_be_contacted() -> None:
    refuses = msgspec.structs.replace(purchase(START), told=Told(wish=True))

    assert alone([refuses, purchase(START + DAY_MS)], REPORTED)[0].decisions == []


LASTING: Final = book_of(actions={"call": action(cooldown_days=1000.0, purchase_ends=False, keeps=1.0)}, rules=[rule()])
REPORTED: Final = book_of(actions={"call": action(cooldown_days=1000.0, within_days=3.0, keeps=1.0)}, rules=[rule()])
