"""From a click at the desk to what it brought: event, row, end of the decision, outcome and effect."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import pytest

from deploy.local.ports import reserve_port
from desk.people.sessions import COOKIE, DeskSessions
from desk.people.users import User, UsersFile
from schemas.records.alert import Alert, decode_alert
from schemas.records.decisions import DecisionOutcome, RetentionDecision, decode_decision, decode_outcome
from schemas.topics import ALERTS, DECISIONS, OUTCOMES
from sinks.clickhouse.client import open_client
from tests.integration.stack import LocalPipeline, local_pipeline
from tests.integration.test_loop import PLAYBOOK
from tests.kit.servers import SharedServers

pytestmark = [pytest.mark.servers, pytest.mark.takes(75)]

CUSTOMERS: Final = 70
SECRET: Final = "a secret of tests that is long enough"
TEAM: Final = "service"
ANN: Final = User(name="ann", role="agent", teams=(TEAM,))
_DECISION: Final = re.compile(r'data-decision="([^"]+)"')


def _purchase(number: int) -> bytes:
    return json.dumps(
        {
            "type": "purchase",
            "event_id": f"bought-{number}",
            "customer_id": f"desk-{number}",
            "occurred_at": datetime.now(UTC).isoformat(),
            "order_id": f"order-{number}",
            "currency": "USD",
            "items": [{"sku": "mug", "quantity": 1, "unit_price": "20.00"}],
        }
    ).encode()


@dataclass(frozen=True, repr=False)
class DeskRun:
    """Results of one run.

    Attributes:
        decisions: All that were decided, by id.
        queue: Ids of the decisions on the first page.
        clicked: What ann did last about each decision.
        answers: Status of each click.
        after: The first page once everything was clicked.
        stored: Rows of ``actions_taken``.
        ended: Alerts that were cleared, by decision.
        outcomes: All that were settled, by decision.
        effects: Rows of the view of effects.
    """

    decisions: Mapping[str, RetentionDecision]
    queue: Sequence[str]
    clicked: Mapping[str, str]
    answers: Sequence[int]
    after: str
    stored: Sequence[Mapping[str, Any]]
    ended: Mapping[str, Alert]
    outcomes: Mapping[str, DecisionOutcome]
    effects: Sequence[Mapping[str, Any]]


@pytest.fixture(scope="module")
def run(servers: SharedServers, tmp_path_factory: pytest.TempPathFactory) -> DeskRun:
    with local_pipeline(servers, tmp_path_factory.mktemp("desk"), customer_partitions=3) as pipeline:
        playbook, port = pipeline.folder / "retention.toml", reserve_port()
        playbook.write_text(PLAYBOOK)
        users = UsersFile(pipeline.folder / "users.json")
        users.put(ANN)
        pipeline.environment |= {
            "STAYLINE_RETENTION__PLAYBOOK": str(playbook),
            "STAYLINE_RISK__GRACE_DAYS": "0",
            "STAYLINE_DESK__USERS_FILE": str(pipeline.folder / "users.json"),
            "STAYLINE_DESK__SECRET": SECRET,
            "STAYLINE_DESK__PORT": str(port),
        }
        for kind in ("intake", "worker", "sink", "desk"):
            pipeline.start(kind, f"{kind}-1")
        session = DeskSessions(users, SECRET, timedelta(hours=1)).issue(ANN, datetime.now(UTC))
        headers = {"Cookie": f"{COOKIE}={session}", "Sec-Fetch-Site": "same-origin"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as browser:
            return _clicked(pipeline, browser)


def _clicked(pipeline: LocalPipeline, browser: httpx.Client) -> DeskRun:
    """Buy, wait for the queue, click, and wait for what followed."""
    pipeline.publish([_purchase(number) for number in range(CUSTOMERS)], "now")
    assert pipeline.wait_until(lambda: len(_decisions(pipeline)) >= CUSTOMERS)
    to_call = sum(not one.held_out and one.action == "call" for one in _decisions(pipeline).values())
    assert pipeline.wait_until(lambda: len(_queue(browser)) >= to_call)
    queue = _queue(browser)
    clicked = {name: "dismissed" if place == 0 else "done" for place, name in enumerate(queue)}
    answers = [_click(browser, name, step) for name, step in clicked.items() for step in ("claimed", step)]
    answers += [_click(browser, name, clicked[name]) for name in queue[:3]]  # a form that is sent again
    after = browser.get("/").text
    assert pipeline.wait_until(lambda: len(_outcomes(pipeline)) >= CUSTOMERS)
    with open_client(pipeline.clickhouse) as client:
        for table, rows in (("outcomes", CUSTOMERS), ("actions_taken", 2 * len(queue))):
            counted = f"SELECT count() FROM {table} {'FINAL' if table == 'outcomes' else ''}"  # noqa: S608
            assert pipeline.wait_until(lambda counted=counted, rows=rows: client.command(counted) >= rows)  # type: ignore[misc]
        stored = list(client.query("SELECT * FROM actions_taken").named_results())
        effects = list(client.query("SELECT * FROM retention_effects WHERE scope = 'all'").named_results())
    alerts = (decode_alert(value) for _, value in pipeline.read(ALERTS))
    return DeskRun(
        decisions=_decisions(pipeline),
        queue=queue,
        clicked=clicked,
        answers=answers,
        after=after,
        stored=stored,
        ended={one.decision_id: one for one in alerts if one.decision_id and one.state == "cleared"},
        outcomes=_outcomes(pipeline),
        effects=effects,
    )


def _queue(browser: httpx.Client) -> list[str]:
    """Return the ids of the decisions on the first page; none while nobody serves it."""
    try:
        return _DECISION.findall(browser.get("/").text)
    except httpx.TransportError:
        return []


def _click(browser: httpx.Client, decision_id: str, step: str) -> int:
    note = "moved abroad" if step == "dismissed" else ""
    form = {"decision": decision_id, "step": step, "key": f"{step} {decision_id}", "note": note, "until": ""}
    return browser.post("/decide", data=form).status_code


def _decisions(pipeline: LocalPipeline) -> dict[str, RetentionDecision]:
    decisions = (decode_decision(value) for _, value in pipeline.read(DECISIONS) if value)
    return {one.decision_id: one for one in decisions}


def _outcomes(pipeline: LocalPipeline) -> dict[str, DecisionOutcome]:
    outcomes = (decode_outcome(value) for _, value in pipeline.read(OUTCOMES) if value)
    return {one.decision_id: one for one in outcomes}


def test_the_queue_has_exactly_those_who_are_to_be_called_and_no_ghost(run: DeskRun) -> None:
    to_call = {name for name, one in run.decisions.items() if one.action == "call" and not one.held_out}

    assert set(run.queue) == to_call
    assert any(one.held_out for one in run.decisions.values())


def test_every_click_is_taken_and_leaves_the_queue_at_once(run: DeskRun) -> None:
    assert set(run.answers[: 2 * len(run.queue)]) == {303}
    assert _DECISION.findall(run.after) == []


def test_every_click_is_one_event_however_often_its_form_was_sent(run: DeskRun) -> None:
    stored = sorted((row["decision_id"], row["result"], row["by"], row["customer_id"]) for row in run.stored)
    expected = [
        (name, result, "ann", run.decisions[name].customer_id)
        for name, step in run.clicked.items()
        for result in ("claimed", step)
    ]

    assert stored == sorted(expected)
    assert all((row["until"] is not None) == (row["result"] == "claimed") for row in run.stored)


def test_the_result_ends_the_decision(run: DeskRun) -> None:
    assert {name: run.ended[name].ended_by for name in run.clicked} == dict.fromkeys(run.clicked, "result")


def test_the_outcome_has_the_result_and_not_the_claim(run: DeskRun) -> None:
    assert {name: run.outcomes[name].result for name in run.clicked} == run.clicked
    costs = {run.clicked[name]: run.outcomes[name].cost for name in run.clicked}
    assert costs == {"done": 2.0, "dismissed": 0.0}


def test_the_effect_counts_those_called_and_those_held_out(run: DeskRun) -> None:
    (row,) = run.effects
    held_out = sum(one.held_out for one in run.decisions.values() if one.action == "call")

    assert (row["action"], row["treated"], row["held_out"]) == ("call", len(run.queue), held_out)
