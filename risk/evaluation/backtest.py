"""Backtest: the whole method over a history, in one process, without knowing anything before its time.

Time passes in epochs (:mod:`risk.scoring.epochs`). Within an epoch many customers are advanced together, scored by the
model that workers would use; at its end the answers that have become final are learnt, as the learner does. Each
decision is scored with the state of its moment and the model of its epoch. The pure functions are those that the
workers and the learner run, so the results are theirs, and a history cut at a moment gives the same risks up to that
moment as the whole history.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from customers.advance import advance_all, receive
from customers.case import Case
from customers.facts import NO_WISHES, PURCHASE, Fact, fact_of
from customers.feed.feed_watch import FeedWatch
from customers.memory import is_remembered
from customers.orders import earliest_of_order
from customers.policy import policy_of
from customers.questions.settle import Settled, is_void
from customers.reviews.schedule import NOT_DUE
from customers.state import NEVER, Customer
from risk.evaluation.decision_schedule import Decision, DecisionSchedule, rounds_of
from risk.evaluation.decision_scores import DecisionScore, score_decisions
from risk.evaluation.purchase_log import PurchaseLog
from risk.evaluation.timing_wheel import TimingWheel
from risk.learning.companion import Companion, hand_over
from risk.learning.epoch_learner import EpochLearner
from risk.learning.learner import Learner
from risk.scoring.epoch_scorer import EpochScorer
from risk.scoring.look_planner import PlannerOf, default_planner
from risk.scoring.outlook import Answer, Bounds
from risk.scoring.records import examples_of
from schemas.events.interaction import Interaction
from schemas.events.raw_events import TOPIC_OF_TYPE
from schemas.moments import HOUR_MS, from_ms
from schemas.records.model import Model
from schemas.settings.processes import LearnerSettings
from schemas.settings.risk import MoneySettings, RiskSettings, SegmentSettings

_BATCH: Final = 256
"""Number of customers advanced and scored at once."""


class Backtest:
    """Runs a history once, and keeps the result in its attributes.

    Attributes:
        customers: Present states by customer id.
        learner: The learner; its ``examples`` are the questions answered.
        model: Model of the last border before which something was learnt; None before the first.
        first: Stamp of the first event, ms since 1970; None before it.
        until: Stamp of the last event, ms since 1970.
        events: Number of interactions so far.
        purchases: Purchases so far.
        feed: The holes of the raw topics so far.
        void: Number of questions whose horizons lay in holes, so that nothing was learnt from them.
        takeovers: Takeovers of models, at which everyone is looked at; None to look at nobody for them, as where no
            alerts are wanted.
    """

    def __init__(
        self,
        risk: RiskSettings,
        learner: LearnerSettings,
        segments: SegmentSettings,
        money: MoneySettings,
        on_answer: Callable[[str, Settled], None] | None = None,
        on_scored: Callable[[Case], None] | None = None,
        planner_of: PlannerOf | None = None,
        companion: Companion | None = None,
    ) -> None:
        """Start without customers.

        Args:
            risk: Settings of questions and scores.
            learner: Settings of the learner.
            segments: Settings of segments.
            money: Settings of currencies.
            on_answer: Called with the customer id and each answered question, in the order of the answers.
            on_scored: Called with each customer advanced and its scores. If given, every score that a worker would
                give is computed, with its reasons and alerts, which takes several times as long.
            planner_of: Makes the planner of alerts and looks of such a run; by default one with the default alerts.
            companion: Learns from what the planner decides, and what follows it; if given, every score is computed.
        """
        self.customers: dict[str, Customer] = {}
        self.learner = Learner(risk.horizon_days, learner.drift, Bounds.of(risk))
        self.first: int | None = None
        self.until = 0
        self.events = 0
        self.feed = FeedWatch()
        self.void = 0
        self.reused: list[Fact] = []
        self._policy = policy_of(risk)
        plans = on_scored is not None or companion is not None
        self._scorer = EpochScorer(risk, segments, money.reporting_currency, gives_reasons=plans)
        self._planner = (planner_of or default_planner)(self._policy, self._scorer.at) if plans else None
        self.takeovers = self._scorer.takeovers if plans else None
        self._epochs = self._scorer.epochs
        self._companion = companion
        self._epoch_learner = EpochLearner(self.learner, self._epochs, companion=companion)
        self.model: Model | None = None
        self.purchases = PurchaseLog()
        self._wheel = TimingWheel(self._epochs.length_ms)
        self._border = 0
        self._scheduled: tuple[int, ...] = ()
        self._settled: list[tuple[str, Settled]] = []
        self._on_answer = on_answer
        self._on_scored = on_scored

    def run(self, interactions: Iterable[Interaction], decisions: DecisionSchedule) -> Iterator[DecisionScore]:
        """Run a history, and yield the scores at the decisions, in time order.

        Args:
            interactions: In the order of their stamps.
            decisions: Moments at which risks are wanted.
        """
        never = self._planner.never if self._planner else NO_WISHES
        for interaction in interactions:
            fact = fact_of(interaction, never)
            if self.first is None:
                self.first = fact.stamp
                self._border = self._epochs.after(fact.stamp)
                self._scorer.know_until(self._epochs.start(fact.stamp))
                decisions.start(fact.stamp)
            if fact.stamp >= self._border:
                yield from self._pass_borders(fact.stamp, decisions)
            self.until = max(self.until, fact.stamp)
            self.feed.count(TOPIC_OF_TYPE[interaction.type], fact.stamp // HOUR_MS)
            self._receive(interaction.customer_id, fact, decisions)
        last = decisions.end_after(self.until)
        yield from self._pass_borders(last, decisions)
        yield from self._pass_to(last, decisions)
        self._take_answers()
        self._epoch_learner.finish()

    def label(self, decision: Decision) -> bool | None:
        """Return True if the customer bought nothing within the horizon after a decision.

        Returns:
            None if the horizon had not passed by the last event, even if the customer has bought since: early answers
            alone are a biased sample; or if too much of it lies in holes.
        """
        answer = self.answer(decision)
        return None if answer is None else answer.purchases == 0

    def answer(self, decision: Decision) -> Answer | None:
        """Return the customer's purchases within the horizon after a decision; None if it has no label."""
        closes_at = decision.at + self._policy.horizon_ms
        if closes_at > self.until or is_void(decision.at, closes_at, self.until, self.feed.holes):
            return None
        return self.purchases.answer(decision, closes_at)

    def _receive(self, customer_id: str, fact: Fact, decisions: DecisionSchedule) -> None:
        self.events += 1
        customer = self.customers.get(customer_id)
        if customer is None:
            customer = self.customers[customer_id] = Customer()
        if fact.kind == PURCHASE and not _is_repeated(customer, fact):
            ordered = earliest_of_order(customer, fact.order)
            if ordered == NEVER:
                self.purchases.add(customer_id, fact)
                decisions.note_purchase(fact.stamp, customer_id)
            else:
                self.purchases.add_part(customer_id, ordered, fact)
        receive(customer, fact)
        self._wheel.schedule(fact.stamp, customer_id)

    def _pass_borders(self, now: int, decisions: DecisionSchedule) -> Iterator[DecisionScore]:
        """Finish all epochs that have ended by now, and learn their answers."""
        while self._border <= now:
            yield from self._pass_to(self._border - 1, decisions)
            self._learn(self._border)
            self._border = self._epochs.after(self._border)

    def _pass_to(self, until: int, decisions: DecisionSchedule) -> Iterator[DecisionScore]:
        """Advance to an instant of the present epoch, and score the decisions up to it."""
        self.feed.pass_to(until)
        wanted: list[Decision] = []
        while (at := decisions.next_at()) is not None and at <= until:
            if decisions.of_everyone:
                self._advance_everyone(at)
            wanted += [Decision(at, customer_id) for customer_id in decisions.pop(at, self.customers)]
            if decisions.of_everyone:
                yield from self._scores(wanted)
                wanted.clear()
        yield from self._scores_of_each(wanted)
        self._advance_everyone(until)

    def _scores_of_each(self, wanted: Sequence[Decision]) -> Iterator[DecisionScore]:
        """Advance customers to the moments of decisions, and score them, in rounds of one decision per customer."""
        scores: dict[int, DecisionScore] = {}
        for indices in rounds_of(wanted):
            batch = [wanted[index] for index in indices]
            self._advance_to(batch)
            scores.update(zip(indices, self._scores(batch), strict=True))
        for index in range(len(wanted)):
            yield scores[index]

    def _advance_to(self, decisions: Iterable[Decision]) -> None:
        known = [decision for decision in decisions if decision.customer_id in self.customers]
        cases = [Case(decision.customer_id, self.customers[decision.customer_id]) for decision in known]
        for start in range(0, len(cases), _BATCH):
            untils = [decision.at for decision in known[start : start + _BATCH]]
            self._advance(cases[start : start + _BATCH], untils)

    def _advance_everyone(self, until: int) -> None:
        due = iter(self._wheel.pop_due(until))
        while batch := [Case(customer_id, self.customers[customer_id]) for customer_id in islice(due, _BATCH)]:
            self._advance(batch, until)

    def _advance(self, cases: Sequence[Case], until: int | Sequence[int]) -> None:
        holes, planner = self.feed.holes, self._planner
        scored = planner is not None
        advance_all(cases, until, self._policy, self._scorer, holes, planner, takeovers=self.takeovers, scored=scored)
        for case in cases:
            if case.due != NOT_DUE:
                self._wheel.schedule(case.due, case.customer_id)
            self._settled += [(case.customer_id, question) for question in case.result.settled]
            if case.result.reused:
                self.reused += case.result.reused
                self.events -= len(case.result.reused)
            if self._companion is not None:
                hand_over(case.result.in_order, self._companion, self._epochs)
            if self._on_scored is not None:
                self._on_scored(case)

    def _learn(self, border: int) -> None:
        """Close a border."""
        if self._take_answers() or self._changes_policy(border):
            for model in self._epoch_learner.close(border, from_ms(0)):
                self._scorer.add(model)
                self.model = model
            self._schedule_takeovers()
            self._scorer.forget_before(self._epochs.model_border(border))
        self._scorer.know_until(border)

    def _schedule_takeovers(self) -> None:
        """Schedule everyone for the takeovers that have become known."""
        if self.takeovers is None or self.takeovers.known is self._scheduled:
            return
        for begins in set(self.takeovers.known).difference(self._scheduled):
            for customer_id in self.customers:
                self._wheel.schedule(self.takeovers.look(customer_id, begins), customer_id)
        self._scheduled = self.takeovers.known

    def _changes_policy(self, border: int) -> bool:
        return self._companion is not None and (self._companion.next_border or border + 1) <= border

    def _take_answers(self) -> bool:
        """Hand the answers that have become final to the learner; return True if there are any."""
        settled, self._settled = self._settled, []
        settled.sort(key=lambda answer: (answer[1].settles_at, answer[0], answer[1].asked_at))
        if self._on_answer is not None:
            for answer in settled:
                self._on_answer(*answer)
        for example in examples_of(settled):
            self._epoch_learner.add(example)
            self.void += example.void
        return bool(settled)

    def _scores(self, decisions: Sequence[Decision]) -> list[DecisionScore]:
        scorer = self._scorer.at(max((decision.at for decision in decisions), default=0))
        return score_decisions(decisions, self.customers, scorer, self.learner, self.feed.holes)


def _is_repeated(customer: Customer, fact: Fact) -> bool:
    """Return True if the event came before, as far as the state remembers."""
    return is_remembered(customer, fact.event) or any(waiting.event == fact.event for waiting in customer.pending)
