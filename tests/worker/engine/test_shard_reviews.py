"""A shard reviews silent customers as the clock moves on, and works off what a page leaves."""

from itertools import pairwise

import pytest

from customers.features.feature_names import FEATURE_SET
from schemas.moments import DAY_MS, from_ms, to_ms
from schemas.records.alert import decode_alert
from schemas.records.score import decode_risk_score
from schemas.records.training_example import decode_training_example
from schemas.topics import ALERTS, RISK_SCORES, TRAINING_EXAMPLES
from tests.worker.engine.shards import START, Run, bought, page


def test_a_heartbeat_reviews_silent_customers() -> None:
    run = Run().fold([page(0, bought(0))])

    run.fold([page(25)])

    causes = [decode_risk_score(value).cause for value in run.batch.values(RISK_SCORES)]
    assert len(causes) >= 3
    assert causes == ["interaction"] + ["review"] * (len(causes) - 1)
    assert run.counters.reviews == 1


@pytest.mark.parametrize("reviews_per_page", [1, 7])
def test_a_jump_of_the_clock_is_worked_off_page_by_page(reviews_per_page: int) -> None:
    run = Run(reviews_per_page).fold([page(0, *(bought(0, customer_id=f"c-{number}") for number in range(20)))])
    done = [len(run.batch.values(RISK_SCORES))]

    for _ in range(5):
        run.fold([page(3_650)])
        done.append(len(run.batch.values(RISK_SCORES)))

    assert all(after - before <= reviews_per_page for before, after in pairwise(done))
    assert done[-1] > done[0]


def test_after_a_jump_everyone_is_caught_up_in_the_end() -> None:
    lines = [bought(0, customer_id=f"c-{number}") for number in range(20)]
    slow = Run(3).fold([page(0, *lines)]).finish(page(365))
    quick = Run().fold([page(0, *lines), page(365)])

    assert slow.store.values == quick.store.values
    assert slow.told() == quick.told()


def test_what_a_page_leaves_is_worked_off_without_another() -> None:
    run = Run(0).fold([page(0, *(bought(0, customer_id=f"c-{number}") for number in range(20))), page(3_650)])
    left = len(run.batch.values(RISK_SCORES))

    assert run.shard.work_off(run.batch)
    assert len(run.batch.values(RISK_SCORES)) > left


def test_where_nothing_is_due_there_is_nothing_to_work_off() -> None:
    run = Run().fold([page(0, bought(0))])

    assert not run.shard.work_off(run.batch)


def test_a_successor_works_off_what_was_left() -> None:
    run = Run(0).fold([page(0, *(bought(0, customer_id=f"c-{number}") for number in range(20))), page(3_650)])
    run.hand_over()

    assert run.shard.work_off(run.batch)


def test_lines_that_wait_behind_reviews_are_folded_in_the_end() -> None:
    names = [f"c-{number}" for number in range(50)]
    run = Run(1).fold(page(day, *(bought(day, customer_id=name) for name in names)) for day in range(0, 60, 20))

    run.finish(page(40))

    assert [run.customer(name).purchases for name in names] == [3] * 50


def test_an_example_carries_the_answer_and_what_was_predicted_at_the_time() -> None:
    run = Run().fold([page(0, bought(0)), page(5, bought(5, amount=7)), page(31)])
    given_then = decode_risk_score(run.batch.values(RISK_SCORES)[0])

    key, value, partition = run.batch.records[TRAINING_EXAMPLES][0]
    example = decode_training_example(value)

    assert (key, partition) == (b"c", 0)
    assert (from_ms(START), from_ms(START + 31 * DAY_MS)) == (example.asked_at, example.settled_at)
    assert (example.left, example.purchases, example.amount) == (False, 1, 7.0)
    assert given_then.risk == pytest.approx(example.risk, abs=1e-6)
    assert given_then.model_version == example.model_version
    assert example.feature_set == FEATURE_SET


def test_no_example_comes_before_the_grace_is_over() -> None:
    run = Run().fold([page(0, bought(0)), page(31 - 1e-6)])

    assert not run.batch.values(TRAINING_EXAMPLES)


def test_an_alert_is_raised_once_and_cleared_once() -> None:
    last = 6 * 28
    run = Run().fold(page(day, bought(day, amount=500)) for day in range(0, last + 1, 28))

    run.fold(page(day) for day in range(last, last + 54))
    run.fold([page(last + 54, bought(last + 54, amount=500)), page(last + 55, bought(last + 55, amount=500))])

    alerts = [decode_alert(value) for value in run.batch.values(ALERTS)]
    assert [alert.state for alert in alerts] == ["raised", "cleared"]
    assert alerts[0].alert_id == alerts[1].alert_id
    assert alerts[0].raised_at == alerts[1].raised_at < alerts[1].changed_at


def test_the_age_of_a_looks_score_is_log_time_since_the_look() -> None:
    run = Run().fold([page(0, bought(0))])

    run.fold([page(25)])

    looks = [score for score in map(decode_risk_score, run.batch.values(RISK_SCORES)) if score.cause == "review"]
    assert sum(run.counters.ages) == len(looks)
    ages = [25 * 86_400 - (to_ms(score.scored_at) - START) / 1000 for score in looks]
    assert run.counters.total_age == pytest.approx(sum(ages))
