"""A shard's promises, with its store and its batch in memory: what comes out hangs on the history alone."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from decimal import Decimal
from itertools import chain
from random import Random

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from schemas.events.dead_letter import NamedIds, decode_dead_letter, ids_in
from schemas.events.interaction import Interaction
from schemas.events.raw_events import FEEDS, RAW_TOPICS
from schemas.moments import DAY_MS, from_ms, to_ms
from schemas.pages.page import PageError
from schemas.pages.watermark import PartitionProgress, Progress
from schemas.records.score import decode_risk_score
from schemas.topics import DEAD_LETTERS, RISK_SCORES, TRAINING_EXAMPLES
from tests.kit.equality import backtested, first_difference, worked_out
from tests.kit.histories import draw_history
from tests.kit.suite.cases import cases
from tests.kit.worker_pages import Recording, Sent, Sources, page_of
from tests.worker.engine.shards import FOREVER, RISK, START, Run, bought, page

randoms = st.randoms(use_true_random=True)
few = settings(max_examples=cases(12, usual=3), phases=[Phase.reuse, Phase.generate])
"""A history is drawn from one seed, which cannot be shrunk."""


def sources_of(random: Random) -> tuple[list[Interaction], list[list[Sent]]]:
    """A history, and pages of it from several sources for several partitions."""
    history = draw_history(random, events=random.randint(1, 500), customers=30, days=400, raw_partitions=3)
    return history, pages_of(history, random)


def pages_of(history: list[Interaction], random: Random) -> list[list[Sent]]:
    """Pages of a history from several sources for several partitions."""
    return Sources(
        history, random, sources=random.randint(1, 3), raw_partitions=3, partitions=random.randint(1, 3)
    ).run()


def run_all(pages: list[list[Sent]], reviews_per_page: int) -> list[Run]:
    """One shard a partition, all of it folded."""
    return [Run(reviews_per_page).fold(own).finish(_heartbeat(own)) for own in pages]


def _heartbeat(pages: list[Sent]) -> Sent:
    return Sent(b"", {**pages[-1].headers, "lines": b"0"})


def _all_told(runs: Iterable[Run]) -> Mapping[tuple[str, bytes | None], list[bytes]]:
    return dict(chain.from_iterable(run.told().items() for run in runs))


@few
@given(random=randoms, reviews_per_page=st.sampled_from([1, 20, FOREVER]))
def test_shards_know_what_a_backtest_knows_however_the_history_was_cut(random: Random, reviews_per_page: int) -> None:
    history, pages = sources_of(random)

    runs = run_all(pages, reviews_per_page)

    states = chain.from_iterable(run.store.items() for run in runs)
    examples = chain.from_iterable(run.batch.values(TRAINING_EXAMPLES) for run in runs)
    assert first_difference(backtested(history, RISK), worked_out(states, examples)) is None


@few
@given(random=randoms)
def test_shards_know_the_holes_that_a_backtest_knows_however_the_history_was_cut(random: Random) -> None:
    history = draw_history(random, events=1_200, customers=30, days=80, raw_partitions=3)
    silent = range(START + 35 * DAY_MS, START + random.randint(42, 70) * DAY_MS)
    history = [line for line in history if to_ms(line.stamped_at) not in silent]

    runs = run_all(pages_of(history, random), FOREVER)

    examples = chain.from_iterable(run.batch.values(TRAINING_EXAMPLES) for run in runs)
    found = worked_out(chain.from_iterable(run.store.items() for run in runs), examples)
    assert any(example.void for own in found.examples.values() for example in own)
    assert first_difference(backtested(history, RISK), found) is None


@few
@given(random=randoms)
def test_page_boundaries_change_no_record_and_no_state(random: Random) -> None:
    history, pages = sources_of(random)
    everything = page_of(history, {"purchases": [PartitionProgress(to_ms(history[-1].stamped_at), idle=True)]})

    whole = Run().fold([everything])
    cut = run_all(pages, 20)

    assert whole.told() == _all_told(cut)
    assert whole.customers() == dict(chain.from_iterable(run.customers().items() for run in cut))


@few
@given(random=randoms, reviews_per_page=st.sampled_from([1, 20, FOREVER]))
def test_a_partition_that_changes_hands_gives_the_same_records_in_the_same_order(
    random: Random, reviews_per_page: int
) -> None:
    _, pages = sources_of(random)
    kept, handed = Run(reviews_per_page), Run(reviews_per_page)

    for sent in pages[0]:
        kept.fold([sent])
        handed.fold([sent])
        if random.random() < 0.3:
            handed.hand_over()

    assert kept.batch.records == handed.batch.records
    assert kept.store.values == handed.store.values


def test_a_page_that_is_folded_again_by_a_successor_gives_the_same_records() -> None:
    first = Run().fold([page(0, bought(0))])
    again = deepcopy(first)
    again.hand_over()
    second = page(40, bought(35))

    assert first.fold([second]).batch.records == again.fold([second]).batch.records


def test_every_customer_with_a_new_line_is_scored() -> None:
    run = Run().fold([page(1, bought(0, customer_id="a"), bought(1, customer_id="b"), bought(1, customer_id="a"))])

    scores = [decode_risk_score(value) for value in run.batch.values(RISK_SCORES)]

    assert sorted((score.customer_id, (to_ms(score.scored_at) - START) // DAY_MS) for score in scores) == [
        ("a", 0),
        ("a", 1),
        ("b", 1),
    ]
    assert {score.cause for score in scores} == {"interaction"}


def test_a_line_stamped_after_the_watermark_waits() -> None:
    run = Run().fold([page(1, bought(2))])

    assert (run.customer().purchases, len(run.customer().pending)) == (0, 1)
    assert not run.batch.values(RISK_SCORES)


def test_a_waiting_line_is_folded_when_the_watermark_reaches_it() -> None:
    run = Run().fold([page(1, bought(2))])

    run.fold([page(2)])

    assert (run.customer().purchases, len(run.customer().pending)) == (1, 0)


def test_the_slowest_raw_partition_of_all_sources_decides() -> None:
    late, early = START + 9 * DAY_MS, START + 1 * DAY_MS
    fast: Progress = {"purchases": [PartitionProgress(late, idle=False), None]}
    slow: Progress = {"purchases": [None, PartitionProgress(early, idle=False)]}

    run = Run().fold([page_of([bought(1)], fast, "fast"), page_of([bought(2)], slow, "slow")])

    assert run.counters.clocks == {0: early}
    assert (run.customer().purchases, len(run.customer().pending)) == (1, 1)


def test_a_repeated_event_counts_once() -> None:
    once = bought(0, event_id="e")
    again = msgspec.structs.replace(once, stamped_at=from_ms(START + DAY_MS), source_offset=1)
    run = Run().fold([page(1, once, again), page(2, again)])

    assert run.customer().purchases == 1
    assert (run.counters.duplicates, run.counters.reused, run.counters.interactions) == (2, 0, 3)
    assert len(run.batch.values(RISK_SCORES)) == 1
    assert run.batch.values(DEAD_LETTERS) == []


def test_an_id_that_is_used_again_for_something_else_becomes_a_dead_letter_and_counts_nowhere() -> None:
    first = bought(0, event_id="e")
    other = msgspec.structs.replace(first, original_amount=Decimal(70), amount=Decimal(70), source_offset=17)
    run = Run().fold([page(1, other), page(2, first, other)])

    (letter,) = [decode_dead_letter(value) for value in run.batch.values(DEAD_LETTERS)]
    place = (letter.topic, letter.partition, letter.offset)
    assert (letter.reason, place, ids_in(letter.original)) == ("id_reused", ("purchases", 0, 0), NamedIds("e", "c"))
    assert (run.customer().spend, run.counters.reused, run.counters.duplicates) == (70.0, 1, 1)
    assert "purchases/0/0" in letter.detail


def test_a_message_that_is_no_page_is_refused() -> None:
    with pytest.raises(PageError):
        Run().shard.process(b"", {}, Recording())


@pytest.mark.parametrize(
    ("partitions", "topics", "most"), [(12, RAW_TOPICS, 1_024), (60, RAW_TOPICS, 3_072), (100, FEEDS, 3_072)]
)
@given(random=randoms)
def test_the_progress_of_many_raw_partitions_fits_beside_an_offset_with_its_provenance(
    partitions: int, topics: Sequence[str], most: int, random: Random
) -> None:
    month = range(START, START + 30 * DAY_MS)
    progress: Progress = {
        topic: [
            PartitionProgress(random.choice(month) if topic in topics else START, idle=random.random() < 0.3)
            for _ in range(partitions)
        ]
        for topic in RAW_TOPICS
    }

    run = Run().fold([page_of([], progress)])

    assert len(run.shard.progress()) <= most


def test_the_tally_counts_customers_and_dates_of_a_partition_taken_over() -> None:
    run = Run().fold([page(1, bought(0, customer_id="a"), bought(0, customer_id="b"))])

    run.hand_over()
    run.fold([page(2)])

    assert (run.counters.customers, run.counters.due) == ({0: 2}, {0: 2})
