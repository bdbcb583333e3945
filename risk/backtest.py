"""The whole method over a history, in one process, as it would have gone: nothing is known before its time.

Between one event or decision and the next, all who are due are advanced together, and the answers that were final by
then are learnt in their order; each decision is scored with the state and the model of its moment. The pure steps are
the ones that the workers run, so a history cut at a moment gives the same risks up to that moment as the whole history.
"""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import repeat

import numpy as np

from customers.advance import Case, advance_all, receive
from customers.facts import PURCHASE, Fact, fact_of
from customers.features import features_of
from customers.frozen import thaw
from customers.policy import policy_of
from customers.schedule import NOT_DUE, due_at
from customers.state import Customer, Question
from risk.decision import NO_DAYS, DecisionScore
from risk.judge import RiskJudge
from risk.learn import Learner
from risk.model import GROUPS, probability
from risk.outlook import Answer, Bounds, split, usual_spend
from risk.records import answer_of
from risk.rule import log_odds_by_rule
from risk.timetable import Decision, Timetable
from schemas.interaction import Interaction
from schemas.moments import DAY_MS, from_ms
from schemas.settings import LearnerSettings, MoneySettings, RiskSettings, SegmentSettings

_REFRESH_EXAMPLES = 50
"""The model in use is at most so many answers behind what has been learnt."""

_TOGETHER = 256
"""Customers advanced and judged at once; what they answer is learnt before the next ones are judged."""

_STEPS_A_REVIEW = 8

_INSTANTS = 16 * _TOGETHER
"""Done at once at most; who is not through by then is due again."""


class Backtest:
    """Runs a history once; what happened is kept in the attributes.

    Attributes:
        customers: States by customer id, as they stand.
        learner: What has been learnt; its ``examples`` are the questions answered.
        first: Stamp of the first event, ms since 1970; None before it.
        until: Stamp of the last event, ms since 1970.
        events: Interactions fed.
    """

    def __init__(
        self,
        risk: RiskSettings,
        learner: LearnerSettings,
        segments: SegmentSettings,
        money: MoneySettings,
        on_answer: Callable[[str, Question], None] | None = None,
    ) -> None:
        """Begin with nothing known.

        Args:
            risk: What is asked, and when.
            learner: How fast is learnt.
            segments: Where customers are told apart.
            money: The currency of amounts.
            on_answer: Told of every answered question and whose it is, in the order of the answers.
        """
        self.customers: dict[str, Customer] = {}
        self.learner = Learner(risk.horizon_days, learner.drift, Bounds.of(risk))
        self.first: int | None = None
        self.until = 0
        self.events = 0
        self._policy = policy_of(risk)
        self._judge = RiskJudge(risk, segments, money.reporting_currency, gives_reasons=False)
        self._bought: dict[str, list[tuple[int, float]]] = {}
        self._due: list[tuple[int, str]] = []
        self._step_ms = max(self._policy.review_ms // _STEPS_A_REVIEW, 1)
        self._learnt_in_use = 0
        self._on_answer = on_answer

    def run(self, interactions: Iterable[Interaction], decisions: Timetable) -> Iterator[DecisionScore]:
        """Feed a history, and yield what is said at the decisions, in time order.

        Args:
            interactions: In the order of their stamps.
            decisions: The moments at which risks are wanted.
        """
        for interaction in interactions:
            fact = fact_of(interaction)
            if self.first is None:
                self.first = fact.stamp
                decisions.begin(fact.stamp)
            if fact.stamp > self.until:
                yield from self._decide(fact.stamp - 1, decisions)
                self.until = fact.stamp
            self._receive(interaction.customer_id, fact, decisions)
        yield from self._decide(decisions.ends(self.until), decisions)

    def label(self, decision: Decision) -> bool | None:
        """Whether the customer bought nothing within the horizon after a decision.

        Returns:
            None where the horizon had not passed by the last event, even if the customer has bought again since:
            the quick answers alone would be a biased sample.
        """
        answer = self.answer(decision)
        return None if answer is None else answer.purchases == 0

    def answer(self, decision: Decision) -> Answer | None:
        """What the customer did within the horizon after a decision; None where ``label`` is."""
        closes_at = decision.at + self._policy.horizon_ms
        if closes_at > self.until:
            return None
        bought = self._bought.get(decision.customer_id, [])
        first = bisect_right(bought, decision.at, key=_moment)
        within = bought[first : bisect_right(bought, closes_at, lo=first, key=_moment)]
        if not within:
            return Answer(0, 0.0, None)
        amount = sum(amount for _, amount in within)
        return Answer(len(within), amount, (within[0][0] - decision.at) / DAY_MS)

    def purchase_times(self) -> dict[str, list[int]]:
        """Sorted moments of every customer's purchases, ms since 1970."""
        return {customer_id: [moment for moment, _ in bought] for customer_id, bought in self._bought.items()}

    def _receive(self, customer_id: str, fact: Fact, decisions: Timetable) -> None:
        self.events += 1
        customer = self.customers.get(customer_id)
        if customer is None:
            customer = self.customers[customer_id] = Customer()
        if fact.kind == PURCHASE and not _is_repeated(customer, fact):
            insort(self._bought.setdefault(customer_id, []), (fact.occurred, fact.amount))
            decisions.note_purchase(fact.stamp, customer_id)
        receive(customer, fact)
        heappush(self._due, (fact.stamp, customer_id))

    def _decide(self, until: int, decisions: Timetable) -> Iterator[DecisionScore]:
        """Advance to an instant, stopping at each decision before it."""
        while (at := decisions.next_at()) is not None and at <= until:
            self._advance(at)
            yield from self._scores([Decision(at, customer_id) for customer_id in decisions.take(at, self.customers)])
        self._advance(until)

    def _advance(self, until: int) -> None:
        """Go on in short steps where nothing happens for long, so that what is answered early is learnt early."""
        while self._due and (first := self._due[0][0]) <= until:
            self._advance_together(min(until, first - first % self._step_ms + self._step_ms))

    def _advance_together(self, until: int) -> None:
        while together := self._take_due(until):
            advance_all(together, until, self._policy, self._judge, most=_INSTANTS)
            for case in together:
                due = due_at(case.customer)
                if due != NOT_DUE:
                    heappush(self._due, (due, case.customer_id))
            self._learn([(question, case.customer_id) for case in together for question in case.outcome.settled])

    def _take_due(self, until: int) -> list[Case]:
        """Take those off the schedule whose time has come, the first first, as many as are judged together."""
        waiting, taken = self._due, dict[str, Case]()
        while waiting and waiting[0][0] <= until and len(taken) < _TOGETHER:
            due, customer_id = heappop(waiting)
            customer = self.customers[customer_id]
            if due_at(customer) == due:
                taken[customer_id] = Case(customer_id, customer)
        return list(taken.values())

    def _learn(self, settled: list[tuple[Question, str]]) -> None:
        if not settled:
            return
        settled.sort(key=lambda answer: answer[0].settles_at)
        horizon = self._policy.horizon_days
        rows = thaw([question.features for question, _ in settled], [horizon] * len(settled)).T.tolist()
        for (question, customer_id), features in zip(settled, rows, strict=True):
            if self._on_answer is not None:
                self._on_answer(customer_id, question)
            self.learner.learn_answer(
                features, question.purchases == 0, question.risk, question.asked_at, answer_of(question)
            )
        if self.learner.examples - self._learnt_in_use >= _REFRESH_EXAMPLES:
            self._learnt_in_use = self.learner.examples
            self._judge.take(self.learner.publish(self.learner.examples, from_ms(0)))

    def _scores(self, decisions: Sequence[Decision]) -> Iterator[DecisionScore]:
        """Of a customer of whom nothing was known, as many leave as have left so far: the learner's running share."""
        known = [decision for decision in decisions if decision.customer_id in self.customers]
        scored = dict(zip(known, self._judged(known), strict=True)) if known else {}
        for decision in decisions:
            yield scored.get(decision) or self._unknown(decision)

    def _unknown(self, decision: Decision) -> DecisionScore:
        prior, frequency = self.learner.prior, self._by_frequency()
        no_effects = (0.0,) * len(GROUPS)
        return DecisionScore(decision, prior, prior, no_effects, frequency, frequency, NO_DAYS, 0.0, b"")

    def _judged(self, decisions: Sequence[Decision]) -> list[DecisionScore]:
        customers = [self.customers[decision.customer_id] for decision in decisions]
        features = features_of(customers, [decision.at for decision in decisions], self._policy.horizon_days)
        risks, effects = probability(self._judge.log_odds(features)), self._judge.effects(features)
        by_rule = probability(log_odds_by_rule(features)).tolist()
        forecasts = self._judge.forecasts(features, risks)
        outlook = split(risks, *self.learner.outlook.frequencies) if forecasts is None else forecasts.outlook
        days = repeat(NO_DAYS, len(risks)) if forecasts is None else map(tuple, forecasts.days.tolist())
        usual = usual_spend(features.values, self._policy.horizon_days).tolist()
        frequency, rows = self._by_frequency(), np.ascontiguousarray(features.values.T, dtype="<f4")
        columns = zip(
            decisions, risks.tolist(), by_rule, effects.tolist(), outlook.tolist(), days, usual, rows, strict=True
        )
        return [
            DecisionScore(decision, risk, rule, parts, kinds, frequency, when, spend, row.tobytes())
            for decision, risk, rule, parts, kinds, when, spend, row in columns
        ]

    def _by_frequency(self) -> list[float]:
        shares: list[float] = split(np.array([self.learner.prior]), *self.learner.outlook.frequencies)[0].tolist()
        return shares


def _is_repeated(customer: Customer, fact: Fact) -> bool:
    """Whether the event has come before, as far as the state remembers."""
    return fact.event in customer.remembered or any(waiting.event == fact.event for waiting in customer.pending)


def _moment(bought: tuple[int, float]) -> int:
    return bought[0]
