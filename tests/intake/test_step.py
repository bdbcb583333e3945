"""Messages become lines or letters, and no partition hears a clock before the lines that it covers."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.dead_letter import Refusal, decode_dead_letter
from schemas.events.decode import decode
from schemas.events.interaction import Interaction, Origin, decode_interaction, encode_interaction
from schemas.moments import HOUR_MS, from_ms
from schemas.pages.page import decode_lines
from schemas.settings.risk import MoneySettings
from schemas.trace import traceparent
from streams.intake.clock import Checkpoint
from streams.intake.intake import MAX_KEY_BYTES
from streams.intake.outgoing_batch import OutgoingBatch
from streams.intake.partition import partition_of_key
from tests.intake.messages import NOON, Raw, action, judgement, purchase
from tests.intake.steps import NOW, PARTITIONS, decoded_page, intake_of, sent_of, telling_intake


def events_of(batch: OutgoingBatch) -> list[str]:
    return [line.event_id for page in batch.pages for line in decode_lines(page.value)]


def test_a_good_event_becomes_a_line_on_its_customers_partition() -> None:
    intake = intake_of()
    intake.take([Raw(purchase("e", "c-9"))], NOW)
    (page,) = [page for page in sent_of(intake).pages if page.value]
    assert page.partition == partition_of_key("c-9", PARTITIONS)
    assert [line.event_id for line in decode_lines(page.value)] == ["e"]


def test_a_bad_event_becomes_a_letter_named_by_its_place() -> None:
    intake = intake_of()
    intake.take([Raw(b"{", raw_offset=7, raw_key=b"k")], NOW)
    (letter,) = sent_of(intake).dead_letters
    read = decode_dead_letter(letter.value)
    assert (letter.key, read.reason, read.original, read.key_base64) == (b"purchases/0/7", "not_json", b"{", "aw==")


def test_a_message_without_a_value_is_refused() -> None:
    intake = intake_of()
    intake.take([Raw(None)], NOW)
    (letter,) = sent_of(intake).dead_letters
    assert decode_dead_letter(letter.value).reason == "not_json"


def test_an_enormous_key_is_cut_so_that_its_letter_can_be_sent() -> None:
    intake = intake_of()
    intake.take([Raw(b"{" * 3_000_000, raw_key=b"k" * 3_000_000)], NOW)
    (letter,) = sent_of(intake).dead_letters
    assert len(decode_dead_letter(letter.value).key_base64) < MAX_KEY_BYTES * 4 / 3 + 4
    assert len(letter.value) < 4 * 1024 * 1024


def test_dates_are_judged_by_the_stamp_and_not_by_the_wall_clock() -> None:
    intake = intake_of()
    intake.take([Raw(purchase("e", occurred_at="2026-03-01T12:05:01Z"))], NOW)
    assert sent_of(intake).refusals == {"from_the_future": 1}


def test_the_raw_offset_and_its_mark_leave_with_the_lines() -> None:
    intake = intake_of()
    intake.take([Raw(purchase("e"), raw_offset=4)], NOW)
    (place,) = sent_of(intake).positions
    assert (place.topic, place.partition, place.position, place.checkpoint) == (
        "purchases",
        0,
        5,
        Checkpoint(NOON, live=False, events={NOON // HOUR_MS: 1}),
    )


def test_a_batch_that_was_undone_is_read_and_sent_again_alike() -> None:
    intake = intake_of()
    messages = [Raw(purchase("a")), Raw(purchase("b"), raw_offset=1), Raw(b"{", raw_offset=2)]
    intake.take(messages, NOW)
    undone = intake.cut_batch(NOW)
    assert [place.position for place in intake.rewind()] == [0]
    intake.take(messages, NOW)
    assert sent_of(intake) == undone


def test_what_waits_is_forgotten_with_the_partitions() -> None:
    intake = intake_of()
    intake.take([Raw(purchase("e"))], NOW)
    intake.release()
    assert (intake.cut_batch(NOW), intake.held_bytes) == (None, 0)


def test_counts_name_what_left() -> None:
    intake = intake_of()
    intake.take([Raw(purchase("a")), Raw(b"{", raw_offset=1)], NOW)
    batch = sent_of(intake)
    assert (batch.lines, batch.events, batch.refusals) == (1, {"purchases": 2}, {"not_json": 1})


@given(st.binary(max_size=300) | st.builds(purchase, st.text(max_size=70), st.text(max_size=140)))
def test_any_bytes_are_refused_or_become_a_line_that_reads_back_equal(value: bytes) -> None:
    outcome = decode(value, Origin("purchases", 0, 0, from_ms(NOON)), MoneySettings().rates, 128 * 1024)
    if isinstance(outcome, Interaction):
        assert decode_interaction(encode_interaction(outcome)) == outcome
        assert msgspec.json.decode(encode_interaction(outcome))["event_id"] == outcome.event_id
    else:
        assert isinstance(outcome, Refusal)


def test_lines_arrive_in_the_order_of_their_offsets() -> None:
    intake = intake_of(page_lines=3)
    intake.take([Raw(purchase(f"e{number}"), raw_offset=number) for number in range(10)], NOW)
    assert events_of(sent_of(intake)) == [f"e{number}" for number in range(10)]


def test_the_publishers_trace_goes_on_in_the_line() -> None:
    intake = intake_of()
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    intake.take(
        [Raw(purchase("e"), raw_headers=(traceparent(trace, "00f067aa0ba902b7"),)), Raw(purchase("f"), raw_offset=1)],
        NOW,
    )
    (page,) = [page for page in sent_of(intake).pages if page.value]
    assert [line.trace_id for line in decode_lines(page.value)] == [trace, ""]


def test_what_people_did_and_thought_becomes_lines_on_their_customers_partition() -> None:
    intake = telling_intake()
    did = action("a", "c-9", decision_id="d-1", note="Glad.", extra={"team": "north"})
    intake.take([Raw(did, raw_topic="actions_taken"), Raw(judgement("j", "c-9"), raw_topic="judgements")], NOW)

    (page,) = [page for page in sent_of(intake).pages if page.value]
    done, judged = decode_lines(page.value)

    assert page.partition == partition_of_key("c-9", PARTITIONS)
    assert (done.event_id, done.type, done.source_topic) == ("a", "action_taken", "actions_taken")
    assert (done.decision_id, done.action, done.by, done.result) == ("d-1", "call", "ann", "done")
    assert (done.note, done.extra) == ("Glad.", {"team": "north"})
    assert (judged.event_id, judged.type, judged.source_topic) == ("j", "judgement", "judgements")
    assert (judged.by, judged.sentiment, judged.likely_to_leave) == ("ann", -1, True)


def test_a_wrong_action_becomes_a_letter_that_names_the_field() -> None:
    intake = telling_intake()
    intake.take([Raw(action("a", result="perhaps"), raw_topic="actions_taken")], NOW)

    (letter,) = sent_of(intake).dead_letters
    read = decode_dead_letter(letter.value)

    assert (letter.key, read.reason) == (b"actions_taken/0/0", "invalid")
    assert '"loc":["result"]' in read.detail


def test_only_pages_for_which_people_told_something_stop_an_older_reader() -> None:
    intake = telling_intake()
    others = next(name for name in map(str, range(99)) if partition_of_key(name, PARTITIONS) == 0)
    told = next(name for name in map(str, range(99)) if partition_of_key(name, PARTITIONS) == 1)
    intake.take([Raw(purchase("e", others)), Raw(judgement("j", told), raw_topic="judgements")], NOW)
    first = {page.partition: decoded_page(page).tells for page in sent_of(intake, final=True).pages}
    intake.take([Raw(purchase("f", told), raw_offset=1)], NOW)
    second = {page.partition: decoded_page(page).tells for page in sent_of(intake, final=True).pages}

    assert first == {0: False, 1: True, 2: False, 3: False}
    assert second[1] is False
