"""Events of those who keep customers: the fields of the contract, and nothing else."""

import json
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from schemas.events.action_events import ActionTaken, Judgement
from schemas.records.decisions import ActionResult

_HEAD = {"event_id": "e-1", "customer_id": "c-1", "by": "ann", "occurred_at": "2026-03-01T12:00:00+01:00"}
_TAKEN = {**_HEAD, "action": "call", "result": "done"}


@pytest.mark.parametrize("result", get_args(ActionResult))
def test_every_result_is_taken(result: str) -> None:
    event = ActionTaken.model_validate_json(json.dumps({**_TAKEN, "result": result, "decision_id": "d-1", "note": "!"}))

    assert (event.result, event.decision_id, event.note) == (result, "d-1", "!")


def test_an_action_needs_no_decision() -> None:
    assert ActionTaken.model_validate_json(json.dumps(_TAKEN)).decision_id is None


@pytest.mark.parametrize(
    "given", [{}, {"sentiment": -2}, {"likely_to_leave": False}, {"note": "Happy.", "sentiment": 2}]
)
def test_a_judgement_may_say_as_much_as_is_known(given: dict[str, Any]) -> None:
    event = Judgement.model_validate_json(json.dumps({**_HEAD, **given}))

    assert event.model_dump(include=set(given)) == given


@pytest.mark.parametrize(
    ("model", "event", "field"),
    [
        (ActionTaken, {**_TAKEN, "result": "perhaps"}, "result"),
        (ActionTaken, {**_TAKEN, "action": "Call!"}, "action"),
        (ActionTaken, {**_TAKEN, "decision_id": ""}, "decision_id"),
        (ActionTaken, {**_TAKEN, "by": ""}, "by"),
        (ActionTaken, {**_TAKEN, "result": "claimed", "until": "noon"}, "until"),
        (ActionTaken, {**_HEAD, "action": "call"}, "result"),
        (ActionTaken, {**_TAKEN, "results": "done"}, "results"),
        (Judgement, {**_HEAD, "sentiment": 3}, "sentiment"),
        (Judgement, {**_HEAD, "likely_to_leave": "no"}, "likely_to_leave"),
        (Judgement, {**_HEAD, "note": "x" * 4097}, "note"),
        (Judgement, {**_HEAD, "occurred_at": "2026-03-01"}, "occurred_at"),
    ],
)
def test_a_wrong_field_is_refused_and_named(
    model: type[ActionTaken | Judgement], event: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate_json(json.dumps(event))

    assert [problem["loc"] for problem in refused.value.errors()] == [(field,)]
