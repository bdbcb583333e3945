"""The replay of a log in two layouts: what is drawn, counted and hashed."""

from bench.replay.cost import ratios_of
from bench.replay.layout import draw_kills, two_layouts
from bench.replay.results import count_of, digest_of
from bench.replay.turn import Turn
from schemas.topics import ALERTS, RISK_SCORES

SMALL, LARGE = two_layouts(20)


def test_the_layouts_differ_in_all_that_must_not_matter() -> None:
    assert (SMALL.customer_partitions, SMALL.workers, SMALL.kills) == (3, 1, 0)
    assert (LARGE.customer_partitions, LARGE.workers, LARGE.kills) == (12, 3, 20)
    assert SMALL.page_lines != LARGE.page_lines


def test_as_many_kills_as_asked_for_strike_every_process_in_the_order_of_their_moments() -> None:
    kills = draw_kills(1, LARGE.kills, LARGE.instances)

    assert len(kills) == 20
    assert {kill.instance for kill in kills} == set(LARGE.instances)
    assert kills == sorted(kills)


def test_the_same_seed_gives_the_same_kills_and_another_one_others() -> None:
    one = draw_kills(1, 20, LARGE.instances)

    assert draw_kills(1, 20, LARGE.instances) == one
    assert draw_kills(2, 20, LARGE.instances) != one


def test_a_digest_knows_customers_and_the_order_of_a_customers_records_but_not_that_of_customers() -> None:
    results = {(RISK_SCORES, "a"): [b"1", b"2"], (RISK_SCORES, "b"): [b"3"], (ALERTS, "a"): [b"4"]}
    turned = dict(reversed(results.items()))
    swapped = {**results, (RISK_SCORES, "a"): [b"2", b"1"]}

    assert digest_of(turned, RISK_SCORES) == digest_of(results, RISK_SCORES)
    assert digest_of(swapped, RISK_SCORES) != digest_of(results, RISK_SCORES)
    assert digest_of(swapped, ALERTS) == digest_of(results, ALERTS)
    assert count_of(results, RISK_SCORES) == 3


def test_ratios_of_costs_are_the_medians_of_the_pairs_for_the_log_and_for_a_score() -> None:
    before = Turn(scores=100, seconds=10.0, cpu_seconds={"intake": 1.0, "worker": 4.0, "learner": 1.0})
    slow = Turn(scores=200, seconds=20.0, cpu_seconds={"intake": 1.0, "worker": 16.0, "learner": 1.0})
    quick = Turn(scores=200, seconds=15.0, cpu_seconds={"intake": 1.0, "worker": 8.0, "learner": 0.0})

    assert list(ratios_of([{"before": before, "now": one} for one in (slow, quick, quick)])) == [
        "seconds: 1.50 for the log, 0.75 for a score",
        "processor time: 1.50 for the log, 0.75 for a score",
        "processor time of the worker: 2.00 for the log, 1.00 for a score",
    ]
