"""Limits hold in any life of any customers: holdout, cooldowns, contacts, capacity and quiet days."""

from collections import Counter, defaultdict
from random import Random
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from customers.state import Customer
from retention.catalogue.compiled import CompiledPlaybook
from retention.catalogue.playbook import NONE
from retention.decide.chance.draw import decision_id_of, holdout_place
from retention.decide.decide import decide
from retention.decide.memory.fold import ActionFact, fold_action
from retention.decide.memory.state import RetentionState
from retention.decide.policy_state import policy_in_force
from retention.decide.telling.capacity import CapacityPlan
from schemas.moments import DAY_MS, to_ms
from schemas.records.decisions import ActionResult, RetentionDecision
from schemas.records.score import Score
from tests.kit.suite.cases import cases
from tests.retention.decide.cases import NOW, SEGMENTS, case_of, playbooks, score_of

_RESULTS: tuple[ActionResult, ...] = ("done", "no_answer", "refused", "accepted", "not_done", "dismissed")


class Step(NamedTuple):
    """An event of one of three customers, and the time since the step before."""

    passed: int
    kind: str
    number: int
    score: Score
    result: ActionResult


_SCORES = [
    score_of(risk=risk, value_at_risk=value, segment=segment)
    for risk in (0.2, 0.7)
    for value in (3.0, 300.0)
    for segment in SEGMENTS[:3]
]


def _life(seed: int) -> list[Step]:
    """Draw a long life: Hypothesis' own lists are short."""
    draw = Random(seed)  # noqa: S311 - a repeatable life
    return [
        Step(
            draw.randint(0, draw.choice((1, 3, 20)) * DAY_MS),
            draw.choice(("score", "score", "buy", "result", "unasked", "repeat")),
            draw.randint(0, 2),
            draw.choice(_SCORES),
            draw.choice(_RESULTS),
        )
        for _ in range(60)
    ]


_lives = st.integers(0, 2**32).map(_life)


def _live(book: CompiledPlaybook, steps: list[Step]) -> tuple[list[RetentionDecision], dict[str, int]]:
    """Play the lives of three customers; return their decisions in order, and when results ended some of them."""
    policy, now = policy_in_force(book), NOW
    people = [Customer(first_seen=NOW, first_purchase=NOW, last_purchase=NOW, purchases=1) for _ in range(3)]
    states = [RetentionState() for _ in people]
    raised: list[RetentionDecision] = []
    done: dict[str, int] = {}
    for passed, kind, number, score, result in steps:
        now += passed + 1
        name, customer, state = f"c-{number}", people[number], states[number]
        if kind == "buy":
            customer.gaps = [*customer.gaps, now - customer.last_purchase][-7:]
            customer.last_purchase, customer.purchases = now, customer.purchases + 1
        elif kind == "unasked" or (kind == "result" and state.open is None):
            fold_action(name, state, ActionFact(now, book.names[0], result), DAY_MS)
        elif kind == "result" and state.open is not None:
            fact = ActionFact(now, state.open.action, result, decision_id_of(name, state.open.decided_at))
            if fold_action(name, state, fact, DAY_MS) is not None:
                done[fact.decision_id] = now
        case = case_of(name, now, customer, score, state)
        raised += decide([case], policy).raised
        if kind == "repeat":
            assert decide([case], policy).raised == []
    return raised, done


@settings(max_examples=cases(1000, usual=75))
@given(playbooks(), _lives)
def test_no_delivery_ever_passes_a_limit(book: CompiledPlaybook, steps: list[Step]) -> None:
    plan = CapacityPlan(book)
    moments: defaultdict[str, list[int]] = defaultdict(list)
    last: dict[tuple[str, str], int] = {}
    used: Counter[tuple[str, int]] = Counter()
    contacts = book.playbook.contacts
    raised, done = _live(book, steps)
    for decision in raised:
        at = plan.place(decision)
        if at is None or at > done.get(decision.decision_id, at):
            continue
        action = book.playbook.actions[decision.action]
        decided_at, who = to_ms(decision.decided_at), decision.customer_id
        day = book.quiet.day_of(at)
        used[decision.action, day] += 1

        assert holdout_place(who, decided_at, book.playbook.holdout.season_days) >= action.holdout_share
        assert at - last.get((who, decision.action), 0) >= action.cooldown_days * DAY_MS
        assert sum(at - one < contacts.within_days * DAY_MS for one in moments[who]) < contacts.at_most
        assert used[decision.action, day] <= action.capacity_per_day
        assert day not in book.quiet
        assert to_ms(decision.do_after) <= at < to_ms(decision.due_by)
        last[who, decision.action] = at
        moments[who].append(at)


@settings(max_examples=cases(300, usual=25))
@given(playbooks(), _lives)
def test_ghosts_and_nothing_are_never_delivered(book: CompiledPlaybook, steps: list[Step]) -> None:
    plan = CapacityPlan(book)

    assert [
        decision
        for decision in _live(book, steps)[0]
        if (decision.held_out or decision.action == NONE) and plan.place(decision) is not None
    ] == []


@settings(max_examples=cases(300, usual=25))
@given(playbooks(), _lives)
def test_the_same_life_leads_to_the_same_decisions(book: CompiledPlaybook, steps: list[Step]) -> None:
    assert _live(book, steps) == _live(book, steps)
