"""The whole loop: a purchase is scored, decided on, told, acted on, and what it brought is counted, with a restart."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from hmac import new as hmac_new
from threading import Thread
from typing import Any, Final

import pytest

from schemas.records.decisions import DecisionOutcome, RetentionDecision, decode_decision, decode_outcome
from schemas.topics import DECISIONS, OUTCOMES
from sinks.clickhouse.client import open_client
from tests.integration.stack import LocalPipeline, local_pipeline
from tests.kit.servers import SharedServers
from tests.sinks.alerts.listener import Listener

pytestmark = [pytest.mark.servers, pytest.mark.takes(60)]

CUSTOMERS: Final = 140
SECRET: Final = "whsec_" + b64encode(b"0123456789abcdefghijklmnopqrstuv").decode()
HORIZON_SECONDS: Final = 45
PLAYBOOK: Final = f"""
[contacts]
at_most = 2
within_days = 30

[actions.call]
says = "Call the customer"
cost = 2.0
capacity_per_day = 1000
team = "service"
channels = ["phone"]
cooldown_days = 60
horizon_days = {HORIZON_SECONDS / 86_400:.8f}
holdout_share = 0.5
within_days = 3
purchase_ends = false
brings = 10.0

[[rules]]
name = "everybody"
when = "always"
then = ["call"]
"""


def _purchase(number: int) -> bytes:
    return json.dumps(
        {
            "type": "purchase",
            "event_id": f"bought-{number}",
            "customer_id": f"loop-{number}",
            "occurred_at": datetime.now(UTC).isoformat(),
            "order_id": f"order-{number}",
            "currency": "USD",
            "items": [{"sku": "mug", "quantity": 1, "unit_price": "20.00"}],
        }
    ).encode()


def _deed(alert: dict[str, Any]) -> bytes:
    return json.dumps(
        {
            "type": "action_taken",
            "event_id": f"did-{alert['decision_id']}",
            "customer_id": alert["customer_id"],
            "occurred_at": datetime.now(UTC).isoformat(),
            "decision_id": alert["decision_id"],
            "action": alert["action"],
            "by": "ann",
            "result": "done",
        }
    ).encode()


@dataclass(frozen=True, repr=False)
class Loop:
    """Results of one turn of the loop.

    Attributes:
        decisions: All that were decided.
        outcomes: All that were settled.
        told: Bodies of the webhook, each once.
        headers: Headers of each post.
        bodies: Each post as it was sent.
        effects: Rows of the view of effects.
        keys: Idempotency key of each post.
    """

    decisions: Sequence[RetentionDecision]
    outcomes: Sequence[DecisionOutcome]
    told: Sequence[dict[str, Any]]
    headers: Sequence[dict[str, str]]
    bodies: Sequence[bytes]
    effects: Sequence[dict[str, Any]]
    keys: Sequence[str | None]


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    heard = Listener()
    thread = Thread(target=heard.server.serve_forever, daemon=True)
    thread.start()
    yield heard
    heard.server.shutdown()
    heard.server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def loop(servers: SharedServers, listener: Listener, tmp_path_factory: pytest.TempPathFactory) -> Loop:
    with local_pipeline(servers, tmp_path_factory.mktemp("loop"), customer_partitions=3) as pipeline:
        playbook = pipeline.folder / "retention.toml"
        playbook.write_text(PLAYBOOK)
        pipeline.environment |= {
            "STAYLINE_RETENTION__PLAYBOOK": str(playbook),
            "STAYLINE_RISK__GRACE_DAYS": "0",
            "STAYLINE_NOTIFIER__WEBHOOK_URL": listener.url,
            "STAYLINE_NOTIFIER__WEBHOOK_SECRET": SECRET,
        }
        for kind in ("intake", "worker", "sink", "notifier"):
            pipeline.start(kind, f"{kind}-1")
        return _turned(pipeline, listener)


def _turned(pipeline: LocalPipeline, listener: Listener) -> Loop:
    """Buy, wait for the webhook, act, kill the worker and the notifier, and wait for what followed."""
    pipeline.publish([_purchase(number) for number in range(CUSTOMERS)], "now")
    assert pipeline.wait_until(lambda: len(_decisions(pipeline)) >= CUSTOMERS)
    to_tell = sum(not one.held_out and one.action == "call" for one in _decisions(pipeline))
    assert pipeline.wait_until(lambda: len(_raised(listener)) >= to_tell)
    for kind in ("worker", "notifier"):
        pipeline.kill(f"{kind}-1")
    pipeline.publish([_deed(alert) for alert in _raised(listener)], "now")
    for kind in ("worker", "notifier"):
        pipeline.start(kind, f"{kind}-2", WORKER__DATA_FOLDER=str(pipeline.folder / "again"))
    assert pipeline.wait_until(lambda: len(_outcomes(pipeline)) >= CUSTOMERS)
    with open_client(pipeline.clickhouse) as client:
        stored = "SELECT count() FROM outcomes FINAL"
        assert pipeline.wait_until(lambda: client.query(stored).result_rows[0][0] >= CUSTOMERS)
        effects = list(client.query("SELECT * FROM retention_effects WHERE scope = 'all'").named_results())
    return Loop(
        _decisions(pipeline),
        _outcomes(pipeline),
        _raised(listener),
        list(listener.headers),
        list(listener.bodies),
        effects,
        list(listener.keys),
    )


def _decisions(pipeline: LocalPipeline) -> list[RetentionDecision]:
    return [decode_decision(value) for _, value in pipeline.read(DECISIONS) if value]


def _outcomes(pipeline: LocalPipeline) -> list[DecisionOutcome]:
    return [decode_outcome(value) for _, value in pipeline.read(OUTCOMES) if value]


def _raised(listener: Listener) -> list[dict[str, Any]]:
    """Return what was told, each decision once."""
    told = {body["decision_id"]: body for _, body in list(listener.posts) if body["state"] == "raised"}
    return list(told.values())


def test_every_customer_is_decided_for_once(loop: Loop) -> None:
    assert sorted(one.customer_id for one in loop.decisions) == sorted(f"loop-{number}" for number in range(CUSTOMERS))


def test_exactly_those_are_told_who_are_neither_held_out_nor_left_alone(loop: Loop) -> None:
    expected = {one.decision_id for one in loop.decisions if not one.held_out and one.action == "call"}

    assert {alert["decision_id"] for alert in loop.told} == expected
    assert 0 < len(expected) < CUSTOMERS


def test_every_post_is_signed_and_has_a_key(loop: Loop) -> None:
    secret = b64decode(SECRET.removeprefix("whsec_"))
    for headers, body in zip(loop.headers, loop.bodies, strict=True):
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        assert headers["webhook-signature"] == "v1," + b64encode(hmac_new(secret, signed, sha256).digest()).decode()
    assert all(loop.keys)


def test_every_decision_has_one_outcome_in_spite_of_the_restart(loop: Loop) -> None:
    assert sorted(one.decision_id for one in loop.outcomes) == sorted(one.decision_id for one in loop.decisions)


def test_what_was_done_is_in_the_outcomes_with_its_cost(loop: Loop) -> None:
    told = {alert["decision_id"] for alert in loop.told}
    for outcome in loop.outcomes:
        assert outcome.result == ("done" if outcome.decision_id in told else "")
        assert outcome.cost == (2.0 if outcome.decision_id in told else 0.0)
        assert outcome.purchases == 0, "the purchase came before the decision"


def test_the_view_of_effects_counts_both_groups(loop: Loop) -> None:
    (row,) = loop.effects
    called = [one for one in loop.decisions if one.action == "call"]

    assert row["action"] == "call"
    assert row["treated"] + row["held_out"] == len(called)
    assert row["held_out"] == sum(one.held_out for one in called)
    assert row["verdict"] in {"cannot_tell", "harms", "no_support", "helps"}
