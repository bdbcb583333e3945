"""The replay of a log in two layouts: what is drawn, counted and hashed."""

from bench.replay.layout import draw_kills, two_layouts
from bench.replay.results import count_of, digest_of
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
