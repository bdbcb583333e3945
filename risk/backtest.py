"""The whole method over a history, in one process, as it would have gone: nothing is known before its time.

Customers are advanced in the order of their instants; answers are learnt at the instant when they are final; each
decision is scored with the state and the model of its moment. The pure steps are the ones that the workers run.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush

from customers.advance import Outcome, advance, receive
from customers.facts import PURCHASE, Fact, fact_of
from customers.features import features_of
from customers.policy import policy_of
from customers.schedule import NOT_DUE, due_at
from customers.state import Customer, Question
from risk.judge import RiskJudge
from risk.learn import Learner
from risk.model import probability
from risk.records import example_of
from schemas.interaction import Interaction
from schemas.moments import from_ms
from schemas.settings import LearnerSettings, MoneySettings, RiskSettings, SegmentSettings

_REFRESH_EXAMPLES = 50
"""The model in use is at most so many answers behind what has been learnt."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A moment at which a risk is wanted.

    Attributes:
        at: ms since 1970.
        customer_id: Whose.
    """

    at: int
    customer_id: str


@dataclass(frozen=True, slots=True)
class DecisionScore:
    """A decision and the risk given at it."""

    decision: Decision
    risk: float


class Backtest:
    """Runs a history. Feed it in time order, then finish; what happened is kept in the attributes.

    Attributes:
        customers: States by customer id, as they stand.
        settled: Answered questions with their customers, in the order of their answers.
        learner: What has been learnt.
        until: Instant reached, ms since 1970.
        events: Interactions fed.
    """

    def __init__(
        self, risk: RiskSettings, learner: LearnerSettings, segments: SegmentSettings, money: MoneySettings
    ) -> None:
        """Begin with nothing known."""
        self.customers: dict[str, Customer] = {}
        self.settled: list[tuple[str, Question]] = []
        self.learner = Learner(risk.horizon_days, learner.learning_rate)
        self.until = 0
        self.events = 0
        self._policy = policy_of(risk)
        self._judge = RiskJudge(risk, segments, money.reporting_currency)
        self._purchases: dict[str, list[int]] = {}
        self._due: list[tuple[int, str]] = []
        self._learnt_in_use = 0

    def run(self, interactions: Iterable[Interaction], decisions: "Timetable") -> Iterator[DecisionScore]:
        """Feed a history, and yield the decisions' risks in time order.

        Args:
            interactions: In the order of their stamps.
            decisions: The moments at which risks are wanted.
        """
        for interaction in interactions:
            fact = fact_of(interaction)
            if fact.stamp > self.until:
                yield from self._decide(fact.stamp - 1, decisions)
                self.until = fact.stamp
            self._receive(interaction.customer_id, fact, decisions)
        yield from self._decide(self.until, decisions)

    def label(self, decision: Decision) -> bool | None:
        """Whether the customer left after a decision; None while the history does not say."""
        horizon_ms = self._policy.horizon_ms
        if decision.at + horizon_ms > self.until:
            return None
        times = self._purchases.get(decision.customer_id, ())
        return not any(decision.at < time <= decision.at + horizon_ms for time in times)

    def _receive(self, customer_id: str, fact: Fact, decisions: "Timetable") -> None:
        self.events += 1
        customer = self.customers.get(customer_id)
        if customer is None:
            customer = self.customers[customer_id] = Customer()
        receive(customer, fact)
        heappush(self._due, (fact.stamp, customer_id))
        if fact.kind == PURCHASE:
            self._purchases.setdefault(customer_id, []).append(fact.occurred)
            decisions.note_purchase(fact.stamp, customer_id)

    def _decide(self, until: int, decisions: "Timetable") -> Iterator[DecisionScore]:
        """Advance to an instant, stopping at each decision before it."""
        while (at := decisions.next_at(self.customers)) is not None and at <= until:
            self._advance(at)
            for customer_id in decisions.take(at, self.customers):
                risk = self._risk_at(customer_id, at)
                if risk is not None:
                    yield DecisionScore(Decision(at, customer_id), risk)
        self._advance(until)

    def _advance(self, until: int) -> None:
        while self._due and self._due[0][0] <= until:
            due, customer_id = heappop(self._due)
            customer = self.customers[customer_id]
            if due_at(customer) != due:
                continue
            outcome = advance(customer, customer_id, due, self._policy, self._judge)
            self._learn(customer_id, outcome)
            again = due_at(customer)
            if again != NOT_DUE:
                heappush(self._due, (again, customer_id))

    def _learn(self, customer_id: str, outcome: Outcome) -> None:
        for question in outcome.settled:
            self.settled.append((customer_id, question))
            self.learner.learn(example_of(customer_id, question))
        if self.learner.examples - self._learnt_in_use >= _REFRESH_EXAMPLES:
            self._learnt_in_use = self.learner.examples
            self._judge.take(self.learner.publish(self.learner.examples, from_ms(0)))

    def _risk_at(self, customer_id: str, now: int) -> float | None:
        customer = self.customers.get(customer_id)
        if customer is None or not customer.clock:
            return None
        features = features_of(customer, now, self._policy.horizon_days)
        return probability(self._judge.log_odds(features)[0])


class Timetable:
    """Moments at which risks are wanted; this one wants none."""

    def note_purchase(self, at: int, customer_id: str) -> None:
        """Hear of a purchase stamped ``at``."""

    def next_at(self, customers: dict[str, Customer]) -> int | None:
        """The next moment, ms since 1970; None where there is none for now."""
        del customers
        return None

    def take(self, at: int, customers: dict[str, Customer]) -> list[str]:
        """The customers to be scored at that moment, which is then over."""
        del at, customers
        return []
