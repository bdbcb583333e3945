"""The benchmarks of retention: the simulated truth is true, and a file of the experiment is read."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from bench.retention.estimates.coverage import SCENARIOS, coverage_table
from bench.retention.estimates.estimators import estimate_policies, estimators_table
from bench.retention.hillstrom import MENS, effects, policies, read_hillstrom
from bench.retention.seed import play_seed
from bench.retention.simulated.shop import ACTIONS, SimulatedShop, expected_margin, live_on, open_shop
from retention.policy.off_policy import evaluate_policy

HEADER = "recency,history_segment,history,mens,womens,zip_code,newbie,channel,segment,visit,conversion,spend"


@pytest.mark.parametrize("action", range(len(ACTIONS)))
def test_what_an_action_is_expected_to_bring_is_what_it_brings_on_average(action: int) -> None:
    shop = open_shop(np.random.default_rng(3), 100_000)
    expected = expected_margin(shop)[:, action]
    copied = SimulatedShop(*(getattr(shop, field.name).copy() for field in fields(shop)))

    brought = live_on(copied, np.full(100_000, action), np.random.default_rng(4))

    difference = brought - expected
    assert abs(difference.mean()) < 3.5 * difference.std() / np.sqrt(100_000)


def test_a_year_with_the_same_seed_gives_the_same_figures() -> None:
    one, other = play_seed(1, 800), play_seed(1, 800)

    assert one.margins == other.margins
    assert [judged.estimate for judged in one.judged] == [judged.estimate for judged in other.judged]
    assert set(one.margins) >= {"nothing", "at random", "by risk", "rules", "learnt"}


def test_policies_are_estimated_by_each_estimator_beside_the_truth() -> None:
    results = [estimate_policies(seed, 80) for seed in (1, 2)]

    table = estimators_table(results)

    assert len(table.rows) == len(results[0]) == 20
    assert {one.truth for one in results[0] if one.policy == "nothing"} == {results[0][0].truth}
    assert results[0] == estimate_policies(1, 80)


def test_coverage_is_measured_of_every_scenario() -> None:
    table = coverage_table(20)

    assert len(table.rows) == len(SCENARIOS)
    assert all(len(row) == len(table.headings) for row in table.rows)


def test_effects_of_the_experiment_are_differences_of_means(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    arms = ("No E-Mail", "Mens E-Mail", "Womens E-Mail")
    rows = [
        f"{random.integers(1, 12)},x,{random.random() * 200:.2f},{random.integers(2)},{random.integers(2)},"
        f"{('Urban', 'Rural')[random.integers(2)]},0,{('Web', 'Phone')[random.integers(2)]},{arms[number % 3]},"
        f"{random.integers(2)},0,0"
        for number in range(900)
    ]
    file = tmp_path / "hillstrom.csv"
    file.write_text("\n".join([HEADER, *rows]))

    data = read_hillstrom(file)

    (name, plain, _), *_ = effects(data, "visit")
    visits, done = data.outcomes["visit"], data.log.done
    assert name == "men's mail"
    assert plain.value == pytest.approx(visits[done == MENS].mean() - visits[done == 0].mean())
    value = evaluate_policy(data.log, policies(data)["all men's"])
    assert value.ips.value == pytest.approx(3.0 * (visits * (done == MENS)).mean())
