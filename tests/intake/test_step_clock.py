"""Pages and heartbeats carry the clock, and no partition hears one before the lines that it covers."""

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.moments import HOUR_MS, from_ms
from schemas.pages.page import decode_lines
from schemas.pages.watermark import PartitionProgress
from streams.intake.clock import Checkpoint
from streams.intake.outgoing_batch import PageOut
from tests.intake.messages import NOON, Raw, purchase
from tests.intake.steps import NOW, PARTITIONS, decoded_page, intake_of, sent_of
from tests.kit.suite.cases import cases


def clock_of(page: PageOut) -> int:
    reading = decoded_page(page).progress.get("purchases", [None])[0]
    return reading.until if reading else 0


def test_only_the_last_page_of_a_partition_carries_the_new_clock() -> None:
    intake = intake_of(page_lines=2)
    intake.take([Raw(purchase("first"), at=NOON - 1_000)], NOW)
    sent_of(intake)
    intake.take([Raw(purchase(f"e{offset}"), raw_offset=offset) for offset in range(1, 6)], NOW)
    pages = [page for page in sent_of(intake).pages if page.value]
    assert [(decoded_page(page).lines, clock_of(page)) for page in pages] == [
        (2, NOON - 1_001),
        (2, NOON - 1_001),
        (1, NOON - 1),
    ]


def test_the_first_pages_ever_say_nothing_of_time_but_the_last() -> None:
    intake = intake_of(page_lines=1)
    intake.take([Raw(purchase("a")), Raw(purchase("b"), raw_offset=1)], NOW)
    pages = [page for page in sent_of(intake).pages if page.value]
    assert decoded_page(pages[0]).progress == {}
    assert clock_of(pages[1]) == NOON - 1


def test_partitions_without_lines_hear_the_clock_at_most_every_pause() -> None:
    intake = intake_of(heartbeat_milliseconds=200)
    heard = []
    for offset, now in enumerate(range(NOW, NOW + 400, 50)):
        intake.take([Raw(purchase(f"e{offset}"), at=NOON + offset, raw_offset=offset)], now)
        heard.append(sent_of(intake, now).heartbeats)
    assert heard == [3, 0, 0, 0, 3, 0, 0, 0]


def test_time_that_stands_still_is_not_repeated() -> None:
    intake = intake_of()
    intake.take([Raw(purchase("e"))], NOW)
    sent_of(intake)
    assert intake.cut_batch(NOW + HOUR_MS) is None


def test_live_and_caught_up_time_goes_on_with_the_wall_clock() -> None:
    intake = intake_of(live=True)
    intake.clock.see_end("purchases", 0, 0)
    sent_of(intake)
    batch = sent_of(intake, NOW + 60_000)
    assert [(page.partition, decoded_page(page).clock) for page in batch.pages] == [
        (partition, NOW + 60_000) for partition in range(PARTITIONS)
    ]


def test_a_heartbeat_carries_an_offset_so_that_a_thrown_out_member_is_fenced() -> None:
    intake = intake_of(live=True)
    intake.clock.see_end("purchases", 0, 0)
    assert [(place.topic, place.position) for place in sent_of(intake).positions] == [("purchases", 0)]


def test_the_last_batch_tells_every_partition_without_waiting() -> None:
    intake = intake_of(live=True)
    intake.clock.see_end("purchases", 0, 0)
    sent_of(intake)
    assert sent_of(intake, NOW + 1, final=True).heartbeats == PARTITIONS


def test_earlier_pages_do_not_repeat_what_was_said_of_partitions_given_away() -> None:
    intake = intake_of(page_lines=1, live=True)
    intake.clock.see_end("purchases", 0, 0)
    sent_of(intake)
    intake.release()
    intake.clock.assign("purchases", 1, 0, Checkpoint(0, live=True))
    intake.take([Raw(purchase(f"e{n}"), raw_offset=n, raw_partition=1) for n in range(2)], NOW)
    assert {decoded_page(page).progress.get("purchases", [None])[0] for page in sent_of(intake, NOW).pages} == {None}


STEPS = st.lists(
    st.tuples(st.integers(0, 400), st.lists(st.tuples(st.integers(0, 1), st.integers(-5_000, 100)), max_size=3)),
    max_size=20,
)


@given(STEPS, st.sets(st.integers(0, 19)))
@settings(max_examples=cases(150, usual=25))
def test_whoever_reads_on_stamps_no_message_up_to_a_reading_that_was_told_before(
    steps: list[tuple[int, list[tuple[int, int]]]], handed_over: set[int]
) -> None:
    committed = dict.fromkeys((0, 1), (0, Checkpoint(0, live=True)))
    intake, now, told = intake_of(live=True), NOW, [0, 0]
    for number, (elapsed, ages) in enumerate(steps):
        now += elapsed
        if number == 0 or number in handed_over:
            intake = intake_of(live=True)
            for partition, (position, mark) in committed.items():
                intake.clock.assign("purchases", partition, position, mark)
        ends = {partition: position for partition, (position, _) in committed.items()}
        for partition, age in ages:
            raw = Raw(purchase("e"), at=now + age, raw_offset=ends[partition], raw_partition=partition)
            intake.take([raw], now)
            ends[partition] += 1
        for partition, end in ends.items():
            intake.clock.see_end("purchases", partition, end)
        batch = intake.cut_batch(now)
        if batch is not None:
            intake.batch_committed()
            committed |= {place.partition: (place.position or 0, place.checkpoint) for place in batch.positions}
            lines = [line for page in batch.pages for line in decode_lines(page.value)]
            assert all(line.stamped_at > from_ms(told[line.source_partition]) for line in lines)
            readings = (decoded_page(page).progress.get("purchases", [None, None]) for page in batch.pages)
            for partition, reading in ((n, one) for two in readings for n, one in enumerate(two) if one):
                told[partition] = max(told[partition], reading.until)


def test_a_sources_own_clock_never_runs_backwards() -> None:
    intake = intake_of(live=True)
    intake.clock.see_end("purchases", 0, 0)
    sent_of(intake)
    intake.clock.assign("purchases", 1, None, Checkpoint(0, live=False))
    assert sent_of(intake, NOW + HOUR_MS).clock == NOW


BATCHES = st.lists(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5_000), st.booleans()), max_size=12), max_size=12
)


@given(BATCHES, st.integers(1, 3), st.booleans())
@settings(max_examples=cases(60, usual=15))
def test_no_partition_hears_a_clock_before_the_lines_that_it_covers(
    batches: list[list[tuple[int, int, bool]]], page_lines: int, live: bool
) -> None:
    intake = intake_of(live=live, page_lines=page_lines)
    heard = [0] * PARTITIONS
    offset, at = 0, NOON
    for number, events in enumerate(batches):
        messages = []
        for customer, elapsed, good in events:
            at += elapsed
            value = purchase(f"e{offset}", f"c-{customer}") if good else b"{"
            messages.append(Raw(value, at=at, raw_offset=offset))
            offset += 1
        intake.take(messages, NOW + number * 100)
        intake.clock.see_end("purchases", 0, offset + number % 2)
        batch = intake.cut_batch(NOW + number * 100)
        if number % 3 == 1:
            intake.rewind()
            intake.take(messages, NOW + number * 100)
            batch = intake.cut_batch(NOW + number * 100)
        if batch is None:
            continue
        intake.batch_committed()
        for page in batch.pages:
            lines = decode_lines(page.value)
            assert all(line.stamped_at > from_ms(heard[page.partition]) for line in lines)
            heard[page.partition] = max(heard[page.partition], clock_of(page))


def test_a_partition_that_was_never_read_says_so() -> None:
    intake = intake_of()
    intake.clock.assign("returns", 0, None, Checkpoint(0, live=False))
    intake.take([Raw(purchase("e"))], NOW)
    page = decoded_page(sent_of(intake).pages[0])
    assert page.progress["returns"] == [PartitionProgress(0, idle=False)]
    assert page.clock == 0
