"""Entries of people as events that intake takes."""

from datetime import UTC, datetime, timedelta

import pytest

from desk.writing.entries import EntryBy, EntryRefusedError
from schemas.events.decode import decode
from schemas.events.interaction import Interaction, Origin
from tests.sinks.records import NOON, decision

ANN = EntryBy("ann", NOON + timedelta(hours=1), "form-1")


def test_an_entry_about_a_decision_becomes_a_valid_interaction() -> None:
    until = datetime(2026, 3, 1, 15, tzinfo=UTC)
    event = ANN.action(decision("c1"), "claimed", note="<script>", until=until)

    line = decode(
        event.model_dump_json(exclude_none=True).encode(), Origin("actions_taken", 0, 7, ANN.at), {}, 128 * 1024
    )
    assert isinstance(line, Interaction)
    assert (line.customer_id, line.decision_id, line.action, line.result) == ("c1", "c1-d1", "call", "claimed")
    assert (line.by, line.note, line.until, line.occurred_at) == ("ann", "<script>", until, ANN.at)


def test_sending_a_form_again_makes_the_same_event_and_another_persons_form_another() -> None:
    again = EntryBy("ann", ANN.at + timedelta(minutes=1), "form-1")
    others = (EntryBy("ann", ANN.at, "form-2"), EntryBy("bob", ANN.at, "form-1"), EntryBy("ann 6", ANN.at, "form-1"))

    assert again.event_id == ANN.event_id
    assert len({ANN.event_id, *(other.event_id for other in others)}) == 4


@pytest.mark.parametrize(
    ("result", "note", "field"), [("perhaps", "", "result"), ("done", "x" * 10_000, "note"), ("none", "", "result")]
)
def test_what_is_wrong_is_refused_with_the_name_of_the_field(result: str, note: str, field: str) -> None:
    with pytest.raises(EntryRefusedError) as refused:
        ANN.action(decision("c1"), result, note=note)

    assert refused.value.field == field
    assert str(refused.value).startswith(f"{field}: ")


def test_a_judgement_says_something() -> None:
    assert ANN.judgement("c1", sentiment=-2).sentiment == -2
    with pytest.raises(EntryRefusedError, match="say something"):
        ANN.judgement("c1")
