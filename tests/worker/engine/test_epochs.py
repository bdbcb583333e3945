"""The same log gives the same scores: whoever reads which partition, however fast, in whatever pieces."""

from random import Random

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from schemas.events.interaction import Interaction
from schemas.moments import to_ms
from schemas.records.score import decode_risk_score
from schemas.settings.risk import RiskSettings
from schemas.topics import RISK_SCORES
from tests.kit.histories import draw_history
from tests.kit.results import first_difference_of_results, results_of_backtest
from tests.kit.suite.cases import cases
from tests.kit.worker_pages import Sources
from tests.worker.engine.epoch_simulation import Simulation

RISK = RiskSettings(horizon_days=30.0, min_examples=20, epoch_hours=48)
randoms = st.randoms(use_true_random=True)
few = settings(max_examples=cases(40, usual=3), phases=[Phase.reuse, Phase.generate], deadline=None)
"""A history is drawn from one seed, which cannot be shrunk."""


def drawn(random: Random) -> tuple[list[Interaction], Simulation]:
    """A history of five months, and workers that read it in pieces."""
    history = draw_history(random, events=200, customers=15, days=150, raw_partitions=3)
    sources = Sources(history, random, sources=random.randint(1, 2), raw_partitions=3, partitions=random.randint(1, 4))
    return history, Simulation(sources.run(), RISK, random, random.choice([1, 20, 1_000_000]))


@few
@given(random=randoms, restarts=st.sampled_from([0, 5]))
def test_any_order_of_steps_and_restarts_gives_the_records_of_a_backtest(random: Random, restarts: int) -> None:
    history, simulation = drawn(random)

    found = simulation.run(restarts)

    assert first_difference_of_results(results_of_backtest(history, RISK), found) is None


@few
@given(random=randoms)
def test_scores_are_pinned_and_models_give_them_once_enough_is_learnt(random: Random) -> None:
    _, simulation = drawn(random)

    found = simulation.run()

    values = [value for (topic, _), own in found.items() if topic == RISK_SCORES for value in own]
    scores = [decode_risk_score(value) for value in values]
    assert all(score.model_pinned for score in scores)
    assert any(not score.model_version.startswith("rule") for score in scores)


@few
@given(random=randoms)
def test_each_border_has_one_model_or_lies_in_the_span_of_one(random: Random) -> None:
    _, simulation = drawn(random)

    simulation.run(restarts=5)

    models, length = simulation.published(), simulation.workers[0].scorer.epochs.length_ms
    firsts = [to_ms(model.first_border) for model in models]
    assert firsts[1:] == [to_ms(model.border) + length for model in models[:-1]]
