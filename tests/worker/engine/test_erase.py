"""A page that forgets a customer takes back what was said, in the order of the log."""

from schemas.pages.page import Page, encode_headers
from schemas.topics import ALERTS, DECISIONS, OUTCOMES, RISK_SCORES, TRAINING_EXAMPLES
from tests.kit.worker_pages import Sent
from tests.worker.engine.shards import Run, bought, page


def forgetting(customer_id: str) -> Sent:
    said = Page(source="forget", lines=0, clock=0, progress={}, forgets=customer_id)
    return Sent(b"", dict(encode_headers(said)))


def test_the_state_goes_and_every_topic_is_told_after_all_that_was_said() -> None:
    run = Run().fold([page(1, bought(1)), forgetting("c")])
    assert run.customers() == {}
    topics = (RISK_SCORES, ALERTS, DECISIONS, OUTCOMES, TRAINING_EXAMPLES)
    assert run.batch.taken_back == [(topic, b"c") for topic in topics]
    assert run.counters.customers[0] == 0


def test_what_waited_for_the_watermark_is_forgotten_with_it() -> None:
    run = Run().fold([page(1, bought(5)), forgetting("c")]).finish(page(400))
    assert not run.batch.records


def test_nobody_who_was_forgotten_is_reviewed() -> None:
    run = Run().fold([page(1, bought(1)), forgetting("c")])
    said = run.told()
    assert run.finish(page(400)).told() == said


def test_others_stay_as_they_are() -> None:
    alone = Run().fold([page(1, bought(1, customer_id="d"))]).finish(page(200))
    beside = Run().fold([page(1, bought(1), bought(1, customer_id="d")), forgetting("c")]).finish(page(200))
    assert beside.store.values == alone.store.values


def test_what_comes_afterwards_begins_a_new_customer() -> None:
    new = Run().fold([page(10, bought(10))])
    again = Run().fold([page(1, bought(1)), forgetting("c"), page(10, bought(10))])
    assert again.store.values == new.store.values


def test_the_same_log_gives_the_same_states_to_a_successor() -> None:
    through = Run().fold([page(1, bought(1)), forgetting("c"), page(10, bought(10))])
    handed = Run().fold([page(1, bought(1)), forgetting("c")])
    handed.hand_over()
    assert handed.fold([page(10, bought(10))]).store.values == through.store.values


def test_somebody_unknown_can_be_forgotten() -> None:
    run = Run().fold([forgetting("nobody")])
    assert len(run.batch.taken_back) == 5
    assert run.counters.customers[0] == 0
