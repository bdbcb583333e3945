"""The whole method over a history, in one process, as it would have gone: nothing is known before its time.

Customers are advanced in the order of their instants; answers are learnt at the instant when they are final; each
decision is scored with the state and the model of its moment. The pure steps are the ones that the workers run, so a
history cut at a moment gives the same risks up to that moment as the whole history.
"""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from customers.advance import Outcome, advance_once, receive
from customers.facts import PURCHASE, Fact, fact_of
from customers.features import features_of, unpack
from customers.policy import policy_of
from customers.schedule import NOT_DUE, due_at
from customers.state import Customer, Question
from risk.judge import RiskJudge
from risk.learn import Learner
from risk.model import GROUPS, probability
from risk.rule import log_odds_by_rule
from risk.timetable import Decision, Timetable
from schemas.interaction import Interaction
from schemas.moments import from_ms
from schemas.settings import LearnerSettings, MoneySettings, RiskSettings, SegmentSettings

_REFRESH_EXAMPLES = 50
"""The model in use is at most so many answers behind what has been learnt."""


@dataclass(frozen=True, slots=True)
class DecisionScore:
    """A decision and what was said at it.

    Attributes:
        decision: When and whose.
        risk: Probability of leaving.
        risk_by_rule: What the rule would have said, which learns nothing.
        effects: What each of ``GROUPS`` added to the log-odds of leaving.
    """

    decision: Decision
    risk: float
    risk_by_rule: float
    effects: Sequence[float]


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
        self.learner = Learner(risk.horizon_days, learner.learning_rate)
        self.first: int | None = None
        self.until = 0
        self.events = 0
        self._policy = policy_of(risk)
        self._judge = RiskJudge(risk, segments, money.reporting_currency, gives_reasons=False)
        self._purchases: dict[str, list[int]] = {}
        self._due: list[tuple[int, str]] = []
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
        closes_at = decision.at + self._policy.horizon_ms
        if closes_at > self.until:
            return None
        times = self._purchases.get(decision.customer_id, ())
        return bisect_right(times, decision.at) == bisect_right(times, closes_at)

    def _receive(self, customer_id: str, fact: Fact, decisions: Timetable) -> None:
        self.events += 1
        customer = self.customers.get(customer_id)
        if customer is None:
            customer = self.customers[customer_id] = Customer()
        if fact.kind == PURCHASE and not _is_repeated(customer, fact):
            insort(self._purchases.setdefault(customer_id, []), fact.occurred)
            decisions.note_purchase(fact.stamp, customer_id)
        receive(customer, fact)
        heappush(self._due, (fact.stamp, customer_id))

    def _decide(self, until: int, decisions: Timetable) -> Iterator[DecisionScore]:
        """Advance to an instant, stopping at each decision before it."""
        while (at := decisions.next_at()) is not None and at <= until:
            self._advance(at)
            for customer_id in decisions.take(at, self.customers):
                yield self._score(Decision(at, customer_id))
        self._advance(until)

    def _advance(self, until: int) -> None:
        waiting = self._due
        while waiting and waiting[0][0] <= until:
            due, customer_id = heappop(waiting)
            customer = self.customers[customer_id]
            if due_at(customer) != due:
                continue
            outcome = Outcome()
            advance_once(customer, customer_id, due, self._policy, self._judge, outcome)
            if outcome.settled:
                self._learn(customer_id, outcome)
            again = due_at(customer)
            if again != NOT_DUE:
                heappush(waiting, (again, customer_id))

    def _learn(self, customer_id: str, outcome: Outcome) -> None:
        for question in outcome.settled:
            if self._on_answer is not None:
                self._on_answer(customer_id, question)
            self.learner.learn_answer(unpack(question.features), question.purchases == 0, question.risk)
        if self.learner.examples - self._learnt_in_use >= _REFRESH_EXAMPLES:
            self._learnt_in_use = self.learner.examples
            self._judge.take(self.learner.publish(self.learner.examples, from_ms(0)))

    def _score(self, decision: Decision) -> DecisionScore:
        """Of a customer of whom nothing was known, as many leave as have left so far: the learner's running share."""
        customer = self.customers.get(decision.customer_id)
        if customer is None:
            return DecisionScore(decision, self.learner.prior, self.learner.prior, (0.0,) * len(GROUPS))
        features = features_of(customer, decision.at, self._policy.horizon_days)
        log_odds, effects = self._judge.log_odds(features)
        by_rule = log_odds_by_rule(features, self._policy.horizon_days)
        return DecisionScore(decision, probability(log_odds), probability(by_rule), effects)


def _is_repeated(customer: Customer, fact: Fact) -> bool:
    """Whether the event has come before, as far as the state remembers."""
    return fact.event in customer.remembered or any(waiting.event == fact.event for waiting in customer.pending)
