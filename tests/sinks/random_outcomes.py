"""Random outcomes of decisions that are hard on views: several decisions a customer, ties, void ones, open holdouts."""

from datetime import timedelta
from random import Random
from typing import Final

from schemas.records.decisions import DecisionOutcome
from schemas.records.score import Segment
from tests.sinks.records import NOON, outcome

ACTIONS: Final = {"call": 6.0, "offer_10": 3.0, "remind": 0.1}
SEGMENTS: Final[tuple[Segment, ...]] = ("keep_at_all_costs", "win_back", "look_after")


def draw_outcomes(random: Random, number: int, customers: int, brings: float = 0.0) -> list[DecisionOutcome]:
    """Outcomes whose gain scores are noise around what the actions bring.

    Args:
        random: Draws them.
        number: Number of decisions.
        customers: Number of customers whose decisions they are.
        brings: Mean of the gain scores.
    """
    return [_outcome(random, one, f"c{random.randrange(customers)}", brings) for one in range(number)]


def _outcome(random: Random, number: int, customer_id: str, brings: float) -> DecisionOutcome:
    action = random.choice((*ACTIONS, "none"))
    probability = 0.0 if action == "none" else random.choice((0.3, 0.3, 0.3, 0.15, 0.0, 1.0))
    held_out = random.random() < probability
    void = random.random() < 0.1
    is_experiment = 0.0 < probability < 1.0 and not void
    return outcome(
        customer_id,
        decision_id=f"d{number}",
        decided_at=NOON + timedelta(days=random.randrange(40)),
        action=action,
        held_out=held_out,
        void=void,
        segment=random.choice(SEGMENTS),
        held_out_probability=probability,
        gain_score=random.gauss(brings, 40.0) if is_experiment else None,
        margin=round(random.lognormvariate(3.0, 1.0), 2),
        cost=0.0 if held_out else random.choice((0.0, ACTIONS.get(action, 0.0))),
        bought=random.random() < 0.4,
        risk=random.choice((0.25, 0.5, 0.5, 0.8, round(random.random(), 6))),
        value_at_risk=random.choice((10.0, 200.0 * random.random())),
        expected_gain=random.choice((5.0, 5.0, 20.0 * random.random())),
    )
