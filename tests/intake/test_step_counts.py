"""Every partition hears of every complete hour once, with the events of it."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.moments import HOUR_MS
from schemas.pages.page import PARTS_PARTITION
from streams.intake.clock import decode_checkpoint, encode_checkpoint
from tests.intake.messages import NOON, Raw, action, purchase
from tests.intake.steps import NOW, PARTITIONS, decoded_page, intake_of, sent_of, telling_intake
from tests.kit.suite.cases import cases


@settings(max_examples=cases(100, usual=15))
@given(
    gaps=st.lists(st.sampled_from([0, 1_000, HOUR_MS // 2, HOUR_MS, 30 * HOUR_MS]), max_size=40),
    data=st.data(),
)
def test_every_partition_hears_of_every_complete_hour_once_whatever_the_batches_and_restarts(
    gaps: list[int], data: st.DataObject
) -> None:
    stamps = [NOON + sum(gaps[: number + 1]) for number in range(len(gaps))]
    heard: list[Counter[int]] = [Counter() for _ in range(PARTITIONS)]
    intake, read = intake_of(), 0
    while read < len(stamps):
        some = stamps[read : read + data.draw(st.integers(1, 10))]
        intake.take([Raw(purchase(f"e{at}"), at=at, raw_offset=read + n) for n, at in enumerate(some)], NOW)
        batch = intake.cut_batch(NOW)
        assert batch is not None
        if data.draw(st.booleans()):  # given up, read again by another intake
            intake.rewind()
            (position,) = intake.clock.positions()
            intake = intake_of()
            intake.clock.assign("purchases", 0, position.position, position.checkpoint)
            continue
        intake.batch_committed()
        read += len(some)
        for page in batch.pages:
            heard[page.partition].update(decoded_page(page).hours.get("purchases", {}))

    expected = Counter(at // HOUR_MS for at in stamps if at // HOUR_MS < stamps[-1] // HOUR_MS)
    assert heard == [expected] * PARTITIONS


@settings(max_examples=cases(30, usual=15))
@given(gaps=st.lists(st.integers(0, 2 * HOUR_MS), min_size=1, max_size=40), data=st.data())
def test_one_partition_is_told_of_every_part_of_a_complete_hour_once_whatever_the_batches_and_restarts(
    gaps: list[int], data: st.DataObject
) -> None:
    stamps = [NOON + sum(gaps[: number + 1]) for number in range(len(gaps))]
    channels = [data.draw(st.sampled_from(["web", "phone"])) for _ in stamps]
    told: Counter[tuple[str, int]] = Counter()
    intake, read = intake_of(), 0
    while read < len(stamps):
        until = min(read + data.draw(st.integers(1, 10)), len(stamps))
        intake.take([Raw(sold(n, channels[n]), at=stamps[n], raw_offset=n) for n in range(read, until)], NOW)
        batch = intake.cut_batch(NOW)
        assert batch is not None
        if data.draw(st.booleans()):  # given up, read again by another intake
            intake.rewind()
            (position,) = intake.clock.positions()
            checkpoint = decode_checkpoint(encode_checkpoint(position.checkpoint))
            intake = intake_of()
            intake.clock.assign("purchases", 0, position.position, checkpoint)
            continue
        intake.batch_committed()
        read = until
        for page in batch.pages:
            parts = decoded_page(page).parts
            assert page.partition == PARTS_PARTITION or not parts
            told.update({(name, hour): number for name, own in parts.items() for hour, number in own.items()})

    complete = [(at // HOUR_MS, channel) for at, channel in zip(stamps, channels, strict=True)]
    complete = [one for one in complete if one[0] < stamps[-1] // HOUR_MS]
    expected = Counter((f"purchases/channel/{channel}", hour) for hour, channel in complete)
    expected += Counter(("purchases/campaign/spring / summer", hour) for hour, _ in complete)
    assert told == expected + Counter(("purchases/partition/0", hour) for hour, _ in complete)


def sold(number: int, channel: str) -> bytes:
    return purchase(f"e{number}", channel=channel, campaign="spring / summer")


def test_a_live_hour_is_complete_once_the_wall_clock_has_passed_it() -> None:
    intake = intake_of(live=True)
    intake.take([Raw(purchase("e"))], NOON)
    intake.clock.see_end("purchases", 0, 1)
    first = sent_of(intake, NOON + 1_000)
    second = sent_of(intake, NOON + HOUR_MS)

    assert [decoded_page(page).hours for page in first.pages] == [{}] * len(first.pages)
    assert [decoded_page(page).hours for page in second.pages] == [{"purchases": {NOON // HOUR_MS: 1}}] * PARTITIONS


def test_a_refused_message_is_not_heard() -> None:
    intake = intake_of()
    intake.take([Raw(b"{}"), Raw(purchase("e"), at=NOON + HOUR_MS, raw_offset=1)], NOW)

    assert [page for page in sent_of(intake).pages if decoded_page(page).hours] == []


def test_hours_of_what_people_told_are_not_counted() -> None:
    intake = telling_intake()
    intake.take([Raw(action("a"), raw_topic="actions_taken"), Raw(purchase("e"))], NOW)
    later = Raw(purchase("f"), at=NOON + HOUR_MS, raw_offset=1)
    intake.take([later, Raw(action("b"), at=NOON + HOUR_MS, raw_offset=1, raw_topic="actions_taken")], NOW)

    assert {frozenset(decoded_page(page).hours) for page in sent_of(intake).pages} == {frozenset({"purchases"})}
