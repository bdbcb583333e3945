"""Messages become lines or letters, and no partition hears a clock before the lines that it covers."""

from collections import Counter

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events.dead_letter import Refusal, decode_dead_letter
from schemas.events.decode import decode
from schemas.events.interaction import Interaction, Origin, decode_interaction, encode_interaction
from schemas.moments import HOUR_MS, from_ms
from schemas.pages.page import PARTS_PARTITION, Page, decode_headers, decode_lines
from schemas.pages.watermark import PartitionProgress
from schemas.settings.processes import IntakeSettings
from schemas.settings.risk import MoneySettings
from schemas.trace import traceparent
from streams.intake.clock import Checkpoint, decode_checkpoint, encode_checkpoint
from streams.intake.intake import MAX_KEY_BYTES, Intake
from streams.intake.outgoing_batch import OutgoingBatch, PageOut
from streams.intake.partition import partition_of_key
from tests.intake.messages import NOON, Raw, action, judgement, purchase
from tests.kit.suite.cases import cases

PARTITIONS = 4
NOW = NOON + 10 * 24 * HOUR_MS


def _intake(*, live: bool = False, **limits: float) -> Intake:
    intake = Intake(
        source="s-intake-1",
        settings=IntakeSettings(**limits),
        rates=MoneySettings().rates,
        raw_partitions={"purchases": 2, "returns": 1, "support_contacts": 1},
        interactions_partitions=PARTITIONS,
    )
    intake.clock.assign("purchases", 0, 0, Checkpoint(0, live))
    return intake


def _sent(intake: Intake, now: int = NOW, *, final: bool = False) -> OutgoingBatch:
    batch = intake.cut_batch(now, final=final)
    assert batch is not None
    intake.batch_committed()
    return batch


def _page(page: PageOut) -> Page:
    return decode_headers(page.headers)


def _events_of(batch: OutgoingBatch) -> list[str]:
    return [line.event_id for page in batch.pages for line in decode_lines(page.value)]


def _until(page: PageOut) -> int:
    reading = _page(page).progress.get("purchases", [None])[0]
    return reading.until if reading else 0


def test_a_good_event_becomes_a_line_on_its_customers_partition() -> None:
    intake = _intake()
    intake.take([Raw(purchase("e", "c-9"))], NOW)
    (page,) = [page for page in _sent(intake).pages if page.value]
    assert page.partition == partition_of_key("c-9", PARTITIONS)
    assert [line.event_id for line in decode_lines(page.value)] == ["e"]


def test_a_bad_event_becomes_a_letter_named_by_its_place() -> None:
    intake = _intake()
    intake.take([Raw(b"{", raw_offset=7, raw_key=b"k")], NOW)
    (letter,) = _sent(intake).dead_letters
    read = decode_dead_letter(letter.value)
    assert (letter.key, read.reason, read.original, read.key_base64) == (b"purchases/0/7", "not_json", b"{", "aw==")


def test_a_message_without_a_value_is_refused() -> None:
    intake = _intake()
    intake.take([Raw(None)], NOW)
    (letter,) = _sent(intake).dead_letters
    assert decode_dead_letter(letter.value).reason == "not_json"


def test_an_enormous_key_is_cut_so_that_its_letter_can_be_sent() -> None:
    intake = _intake()
    intake.take([Raw(b"{" * 3_000_000, raw_key=b"k" * 3_000_000)], NOW)
    (letter,) = _sent(intake).dead_letters
    assert len(decode_dead_letter(letter.value).key_base64) < MAX_KEY_BYTES * 4 / 3 + 4
    assert len(letter.value) < 4 * 1024 * 1024


def test_dates_are_judged_by_the_stamp_and_not_by_the_wall_clock() -> None:
    intake = _intake()
    intake.take([Raw(purchase("e", occurred_at="2026-03-01T12:05:01Z"))], NOW)
    assert _sent(intake).refusals == {"from_the_future": 1}


def test_the_raw_offset_and_its_mark_leave_with_the_lines() -> None:
    intake = _intake()
    intake.take([Raw(purchase("e"), raw_offset=4)], NOW)
    (place,) = _sent(intake).positions
    assert (place.topic, place.partition, place.position, place.checkpoint) == (
        "purchases",
        0,
        5,
        Checkpoint(NOON, live=False, events={NOON // HOUR_MS: 1}),
    )


def test_only_the_last_page_of_a_partition_carries_the_new_clock() -> None:
    intake = _intake(page_lines=2)
    intake.take([Raw(purchase("first"), at=NOON - 1_000)], NOW)
    _sent(intake)
    intake.take([Raw(purchase(f"e{offset}"), raw_offset=offset) for offset in range(1, 6)], NOW)
    pages = [page for page in _sent(intake).pages if page.value]
    assert [(_page(page).lines, _until(page)) for page in pages] == [
        (2, NOON - 1_001),
        (2, NOON - 1_001),
        (1, NOON - 1),
    ]


def test_the_first_pages_ever_say_nothing_of_time_but_the_last() -> None:
    intake = _intake(page_lines=1)
    intake.take([Raw(purchase("a")), Raw(purchase("b"), raw_offset=1)], NOW)
    pages = [page for page in _sent(intake).pages if page.value]
    assert _page(pages[0]).progress == {}
    assert _until(pages[1]) == NOON - 1


def test_partitions_without_lines_hear_the_clock_at_most_every_pause() -> None:
    intake = _intake(heartbeat_milliseconds=200)
    heard = []
    for offset, now in enumerate(range(NOW, NOW + 400, 50)):
        intake.take([Raw(purchase(f"e{offset}"), at=NOON + offset, raw_offset=offset)], now)
        heard.append(_sent(intake, now).heartbeats)
    assert heard == [3, 0, 0, 0, 3, 0, 0, 0]


def test_time_that_stands_still_is_not_repeated() -> None:
    intake = _intake()
    intake.take([Raw(purchase("e"))], NOW)
    _sent(intake)
    assert intake.cut_batch(NOW + HOUR_MS) is None


def test_live_and_caught_up_time_goes_on_with_the_wall_clock() -> None:
    intake = _intake(live=True)
    intake.clock.see_end("purchases", 0, 0)
    _sent(intake)
    batch = _sent(intake, NOW + 60_000)
    assert [(page.partition, _page(page).clock) for page in batch.pages] == [
        (partition, NOW + 60_000) for partition in range(PARTITIONS)
    ]


def test_a_heartbeat_carries_an_offset_so_that_a_thrown_out_member_is_fenced() -> None:
    intake = _intake(live=True)
    intake.clock.see_end("purchases", 0, 0)
    assert [(place.topic, place.position) for place in _sent(intake).positions] == [("purchases", 0)]


def test_the_last_batch_tells_every_partition_without_waiting() -> None:
    intake = _intake(live=True)
    intake.clock.see_end("purchases", 0, 0)
    _sent(intake)
    assert _sent(intake, NOW + 1, final=True).heartbeats == PARTITIONS


def test_a_batch_that_was_undone_is_read_and_sent_again_alike() -> None:
    intake = _intake()
    messages = [Raw(purchase("a")), Raw(purchase("b"), raw_offset=1), Raw(b"{", raw_offset=2)]
    intake.take(messages, NOW)
    undone = intake.cut_batch(NOW)
    assert [place.position for place in intake.rewind()] == [0]
    intake.take(messages, NOW)
    assert _sent(intake) == undone


def test_what_waits_is_forgotten_with_the_partitions() -> None:
    intake = _intake()
    intake.take([Raw(purchase("e"))], NOW)
    intake.release()
    assert (intake.cut_batch(NOW), intake.held_bytes) == (None, 0)


def test_earlier_pages_do_not_repeat_what_was_said_of_partitions_given_away() -> None:
    intake = _intake(page_lines=1, live=True)
    intake.clock.see_end("purchases", 0, 0)
    _sent(intake)
    intake.release()
    intake.clock.assign("purchases", 1, 0, Checkpoint(0, live=True))
    intake.take([Raw(purchase(f"e{n}"), raw_offset=n, raw_partition=1) for n in range(2)], NOW)
    assert {_page(page).progress.get("purchases", [None])[0] for page in _sent(intake, NOW).pages} == {None}


STEPS = st.lists(
    st.tuples(st.integers(0, 400), st.lists(st.tuples(st.integers(0, 1), st.integers(-5_000, 100)), max_size=3)),
    max_size=20,
)


@given(STEPS, st.sets(st.integers(0, 19)))
@settings(max_examples=cases(150, usual=50))
def test_whoever_reads_on_stamps_no_message_up_to_a_reading_that_was_told_before(
    steps: list[tuple[int, list[tuple[int, int]]]], handed_over: set[int]
) -> None:
    committed = dict.fromkeys((0, 1), (0, Checkpoint(0, live=True)))
    intake, now, told = _intake(live=True), NOW, [0, 0]
    for number, (elapsed, ages) in enumerate(steps):
        now += elapsed
        if number == 0 or number in handed_over:
            intake = _intake(live=True)
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
            readings = (_page(page).progress.get("purchases", [None, None]) for page in batch.pages)
            for partition, reading in ((n, one) for two in readings for n, one in enumerate(two) if one):
                told[partition] = max(told[partition], reading.until)


def test_a_sources_own_clock_never_runs_backwards() -> None:
    intake = _intake(live=True)
    intake.clock.see_end("purchases", 0, 0)
    _sent(intake)
    intake.clock.assign("purchases", 1, None, Checkpoint(0, live=False))
    assert _sent(intake, NOW + HOUR_MS).clock == NOW


def test_counts_name_what_left() -> None:
    intake = _intake()
    intake.take([Raw(purchase("a")), Raw(b"{", raw_offset=1)], NOW)
    batch = _sent(intake)
    assert (batch.lines, batch.events, batch.refusals) == (1, {"purchases": 2}, {"not_json": 1})


BATCHES = st.lists(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5_000), st.booleans()), max_size=12), max_size=12
)


@given(BATCHES, st.integers(1, 3), st.booleans())
@settings(max_examples=cases(60, usual=30))
def test_no_partition_hears_a_clock_before_the_lines_that_it_covers(
    batches: list[list[tuple[int, int, bool]]], page_lines: int, live: bool
) -> None:
    intake = _intake(live=live, page_lines=page_lines)
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
            heard[page.partition] = max(heard[page.partition], _until(page))


@given(st.binary(max_size=300) | st.builds(purchase, st.text(max_size=70), st.text(max_size=140)))
def test_any_bytes_are_refused_or_become_a_line_that_reads_back_equal(value: bytes) -> None:
    outcome = decode(value, Origin("purchases", 0, 0, from_ms(NOON)), MoneySettings().rates, 128 * 1024)
    if isinstance(outcome, Interaction):
        assert decode_interaction(encode_interaction(outcome)) == outcome
        assert msgspec.json.decode(encode_interaction(outcome))["event_id"] == outcome.event_id
    else:
        assert isinstance(outcome, Refusal)


def test_lines_arrive_in_the_order_of_their_offsets() -> None:
    intake = _intake(page_lines=3)
    intake.take([Raw(purchase(f"e{number}"), raw_offset=number) for number in range(10)], NOW)
    assert _events_of(_sent(intake)) == [f"e{number}" for number in range(10)]


def test_a_partition_that_was_never_read_says_so() -> None:
    intake = _intake()
    intake.clock.assign("returns", 0, None, Checkpoint(0, live=False))
    intake.take([Raw(purchase("e"))], NOW)
    page = _page(_sent(intake).pages[0])
    assert page.progress["returns"] == [PartitionProgress(0, idle=False)]
    assert page.clock == 0


def test_the_publishers_trace_goes_on_in_the_line() -> None:
    intake = _intake()
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    intake.take(
        [Raw(purchase("e"), raw_headers=(traceparent(trace, "00f067aa0ba902b7"),)), Raw(purchase("f"), raw_offset=1)],
        NOW,
    )
    (page,) = [page for page in _sent(intake).pages if page.value]
    assert [line.trace_id for line in decode_lines(page.value)] == [trace, ""]


@settings(max_examples=cases(100, usual=30))
@given(
    gaps=st.lists(st.sampled_from([0, 1_000, HOUR_MS // 2, HOUR_MS, 30 * HOUR_MS]), max_size=40),
    data=st.data(),
)
def test_every_partition_hears_of_every_complete_hour_once_whatever_the_batches_and_restarts(
    gaps: list[int], data: st.DataObject
) -> None:
    stamps = [NOON + sum(gaps[: number + 1]) for number in range(len(gaps))]
    heard: list[Counter[int]] = [Counter() for _ in range(PARTITIONS)]
    intake, read = _intake(), 0
    while read < len(stamps):
        some = stamps[read : read + data.draw(st.integers(1, 10))]
        intake.take([Raw(purchase(f"e{at}"), at=at, raw_offset=read + n) for n, at in enumerate(some)], NOW)
        batch = intake.cut_batch(NOW)
        assert batch is not None
        if data.draw(st.booleans()):  # given up, read again by another intake
            intake.rewind()
            (position,) = intake.clock.positions()
            intake = _intake()
            intake.clock.assign("purchases", 0, position.position, position.checkpoint)
            continue
        intake.batch_committed()
        read += len(some)
        for page in batch.pages:
            heard[page.partition].update(_page(page).hours.get("purchases", {}))

    expected = Counter(at // HOUR_MS for at in stamps if at // HOUR_MS < stamps[-1] // HOUR_MS)
    assert heard == [expected] * PARTITIONS


@settings(max_examples=30, deadline=None)
@given(gaps=st.lists(st.integers(0, 2 * HOUR_MS), min_size=1, max_size=40), data=st.data())
def test_one_partition_is_told_of_every_part_of_a_complete_hour_once_whatever_the_batches_and_restarts(
    gaps: list[int], data: st.DataObject
) -> None:
    stamps = [NOON + sum(gaps[: number + 1]) for number in range(len(gaps))]
    channels = [data.draw(st.sampled_from(["web", "phone"])) for _ in stamps]
    told: Counter[tuple[str, int]] = Counter()
    intake, read = _intake(), 0
    while read < len(stamps):
        until = min(read + data.draw(st.integers(1, 10)), len(stamps))
        intake.take([Raw(_sold(n, channels[n]), at=stamps[n], raw_offset=n) for n in range(read, until)], NOW)
        batch = intake.cut_batch(NOW)
        assert batch is not None
        if data.draw(st.booleans()):  # given up, read again by another intake
            intake.rewind()
            (position,) = intake.clock.positions()
            checkpoint = decode_checkpoint(encode_checkpoint(position.checkpoint))
            intake = _intake()
            intake.clock.assign("purchases", 0, position.position, checkpoint)
            continue
        intake.batch_committed()
        read = until
        for page in batch.pages:
            parts = _page(page).parts
            assert page.partition == PARTS_PARTITION or not parts
            told.update({(name, hour): number for name, own in parts.items() for hour, number in own.items()})

    complete = [(at // HOUR_MS, channel) for at, channel in zip(stamps, channels, strict=True)]
    complete = [one for one in complete if one[0] < stamps[-1] // HOUR_MS]
    expected = Counter((f"purchases/channel/{channel}", hour) for hour, channel in complete)
    expected += Counter(("purchases/campaign/spring / summer", hour) for hour, _ in complete)
    assert told == expected + Counter(("purchases/partition/0", hour) for hour, _ in complete)


def _sold(number: int, channel: str) -> bytes:
    return purchase(f"e{number}", channel=channel, campaign="spring / summer")


def test_a_live_hour_is_complete_once_the_wall_clock_has_passed_it() -> None:
    intake = _intake(live=True)
    intake.take([Raw(purchase("e"))], NOON)
    intake.clock.see_end("purchases", 0, 1)
    first = _sent(intake, NOON + 1_000)
    second = _sent(intake, NOON + HOUR_MS)

    assert [_page(page).hours for page in first.pages] == [{}] * len(first.pages)
    assert [_page(page).hours for page in second.pages] == [{"purchases": {NOON // HOUR_MS: 1}}] * PARTITIONS


def test_a_refused_message_is_not_heard() -> None:
    intake = _intake()
    intake.take([Raw(b"{}"), Raw(purchase("e"), at=NOON + HOUR_MS, raw_offset=1)], NOW)

    assert [page for page in _sent(intake).pages if _page(page).hours] == []


def _telling() -> Intake:
    """An intake that also reads what people told."""
    intake = _intake()
    for topic in ("actions_taken", "judgements"):
        intake.clock.assign(topic, 0, 0, Checkpoint(0, live=False))
    return intake


def test_what_people_did_and_thought_becomes_lines_on_their_customers_partition() -> None:
    intake = _telling()
    did = action("a", "c-9", decision_id="d-1", note="Glad.", extra={"team": "north"})
    intake.take([Raw(did, raw_topic="actions_taken"), Raw(judgement("j", "c-9"), raw_topic="judgements")], NOW)

    (page,) = [page for page in _sent(intake).pages if page.value]
    done, judged = decode_lines(page.value)

    assert page.partition == partition_of_key("c-9", PARTITIONS)
    assert (done.event_id, done.type, done.source_topic) == ("a", "action_taken", "actions_taken")
    assert (done.decision_id, done.action, done.by, done.result) == ("d-1", "call", "ann", "done")
    assert (done.note, done.extra) == ("Glad.", {"team": "north"})
    assert (judged.event_id, judged.type, judged.source_topic) == ("j", "judgement", "judgements")
    assert (judged.by, judged.sentiment, judged.likely_to_leave) == ("ann", -1, True)


def test_a_wrong_action_becomes_a_letter_that_names_the_field() -> None:
    intake = _telling()
    intake.take([Raw(action("a", result="perhaps"), raw_topic="actions_taken")], NOW)

    (letter,) = _sent(intake).dead_letters
    read = decode_dead_letter(letter.value)

    assert (letter.key, read.reason) == (b"actions_taken/0/0", "invalid")
    assert '"loc":["result"]' in read.detail


def test_only_pages_for_which_people_told_something_stop_an_older_reader() -> None:
    intake = _telling()
    others = next(name for name in map(str, range(99)) if partition_of_key(name, PARTITIONS) == 0)
    told = next(name for name in map(str, range(99)) if partition_of_key(name, PARTITIONS) == 1)
    intake.take([Raw(purchase("e", others)), Raw(judgement("j", told), raw_topic="judgements")], NOW)
    first = {page.partition: _page(page).tells for page in _sent(intake, final=True).pages}
    intake.take([Raw(purchase("f", told), raw_offset=1)], NOW)
    second = {page.partition: _page(page).tells for page in _sent(intake, final=True).pages}

    assert first == {0: False, 1: True, 2: False, 3: False}
    assert second[1] is False


def test_hours_of_what_people_told_are_not_counted() -> None:
    intake = _telling()
    intake.take([Raw(action("a"), raw_topic="actions_taken"), Raw(purchase("e"))], NOW)
    later = Raw(purchase("f"), at=NOON + HOUR_MS, raw_offset=1)
    intake.take([later, Raw(action("b"), at=NOON + HOUR_MS, raw_offset=1, raw_topic="actions_taken")], NOW)

    assert {frozenset(_page(page).hours) for page in _sent(intake).pages} == {frozenset({"purchases"})}
