"""A person is forgotten everywhere, stays forgotten whatever is read again, and may come back as somebody new."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import pytest
from clickhouse_connect.driver.client import Client

from runtime.kafka.producer import PlainProducer
from schemas.records.encode import encode_record
from schemas.topics import CUSTOMER_TOPICS, DECISIONS, DESK_AUDIT, OUTCOMES, STORED_TOPICS
from sinks.clickhouse.client import open_client
from tests.forget.look import TOLD, Look, Seen, latest
from tests.integration.stack import LocalPipeline, local_pipeline
from tests.kit.events import purchase
from tests.kit.servers import SharedServers
from tests.kit.topics import delete
from tests.sinks.records import decision, look_at, outcome

pytestmark = [pytest.mark.servers, pytest.mark.takes(40)]

ANN: Final = "ann \u00e9 3f7c"
BOB: Final = "bob"
EVENTS: Final = 6
"""Purchases of each."""


# Questions are settled within seconds, and everybody is told of.
QUICK: Final = {
    "STAYLINE_RISK__HORIZON_DAYS": "0.00004",
    "STAYLINE_RISK__GRACE_DAYS": "0",
    "STAYLINE_ALERTS__SILENT_GAPS": "0",
    "STAYLINE_ALERTS__RAISE_RISK": "0",
    "STAYLINE_ALERTS__RAISE_VALUE_AT_RISK": "0",
    "STAYLINE_ALERTS__CLEAR_RISK": "0",
    "STAYLINE_ALERTS__CLEAR_VALUE_AT_RISK": "0",
}


@dataclass(frozen=True)
class Played:
    """Everything seen at each step, of Ann unless it says otherwise."""

    before: Seen
    printed: str
    after: Seen
    bob: Seen
    everything: str
    records: int
    latest_scores: set[bytes]
    audited: list[int]
    anew: Seen
    from_changelog: Seen
    refolded: Seen
    rebuilt: Seen


def refused(customer_id: str) -> bytes:
    return json.dumps({"customer_id": customer_id, "nonsense": True}).encode()


def everything_in(client: Client, table: str) -> str:
    return str(client.query(f"SELECT * FROM {table}").result_rows)  # noqa: S608


@pytest.fixture(scope="module")
def played(servers: SharedServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("forget")
    with local_pipeline(servers, folder) as pipeline:
        pipeline.environment |= QUICK
        yield play(pipeline)


def play(pipeline: LocalPipeline) -> Played:
    look, audited = Look(pipeline), list[int]()
    look.start("intake", "worker", "sink", "learner")
    for customer in (ANN, BOB):
        pipeline.publish((purchase(customer, f"{customer}-{number}") for number in range(EVENTS)), "now")
        pipeline.produce("returns", [refused(customer)])
        tell_of(pipeline, customer)
        decide_for(pipeline, customer)
    assert pipeline.wait_until(lambda: all(look.rows(ANN).values()) and all(look.rows(BOB).values()))
    before = look.see(ANN)
    printed = pipeline.run("forget", ANN)
    audited.append(look.audit())
    after, bob = look.see(ANN), look.see(BOB)
    with open_client(look.clickhouse) as client:
        everything, records = everything_in(client, "forgotten"), client.query("SELECT count() FROM forgotten")
    scores = {key for key, _ in latest(pipeline, "risk_scores")}

    pipeline.publish([purchase(ANN, "anew"), purchase(ANN, f"{ANN}-0")], "now")
    assert pipeline.wait_until(lambda: look.rows(ANN)["interactions"] == 2 and look.purchases(ANN) == 2)
    anew = look.see(ANN)
    audited.append(look.audit())
    pipeline.stop_all()
    look.start("intake", "worker", "sink")
    pipeline.publish([purchase(ANN, "once more")], "now")
    assert pipeline.wait_until(lambda: look.rows(ANN)["interactions"] == 3 and look.purchases(ANN) == 3)
    from_changelog = look.see(ANN)

    refolded = Look(pipeline, "refolded")
    pipeline.prepare(refolded.application)
    refolded.start("worker", "sink")
    assert pipeline.wait_until(lambda: refolded.has_read_to(ANN, "once more"))
    seen_refolded = refolded.see(ANN)
    pipeline.stop_all()
    _lose_what_was_made_of_raw_topics(pipeline)
    rebuilt = Look(pipeline, "rebuilt")
    pipeline.prepare(rebuilt.application)
    rebuilt.start("intake", "worker", "sink")
    assert pipeline.wait_until(lambda: rebuilt.rows(BOB)["interactions"] == EVENTS + len(TOLD))
    assert pipeline.wait_until(lambda: rebuilt.has_read_to(ANN, "once more"))
    audited.append(rebuilt.audit())
    return Played(
        before=before,
        printed=printed.stdout + printed.stderr,
        after=after,
        bob=bob,
        everything=everything,
        records=records.result_rows[0][0],
        latest_scores=scores,
        audited=audited,
        anew=anew,
        from_changelog=from_changelog,
        refolded=seen_refolded,
        rebuilt=rebuilt.see(ANN),
    )


def tell_of(pipeline: LocalPipeline, customer_id: str) -> None:
    """Publish what people did for a customer and what they think of them."""
    shared = {"customer_id": customer_id, "occurred_at": datetime.now(UTC).isoformat(), "by": "eve"}
    told = (
        {"type": "action_taken", "event_id": f"{customer_id}-did", "action": "call", "result": "done"},
        {"type": "judgement", "event_id": f"{customer_id}-thought", "likely_to_leave": True, "note": "short answers"},
    )
    pipeline.publish([json.dumps(shared | one).encode() for one in told], "now")


def decide_for(pipeline: LocalPipeline, customer_id: str) -> None:
    """Put a decision, its outcome and a look at the customer on their topics."""
    decided, settled = decision(customer_id), outcome(customer_id)
    producer = PlainProducer(pipeline.kafka)
    producer.write(DECISIONS, encode_record(decided), customer_id.encode())
    producer.write(DESK_AUDIT, encode_record(look_at(customer_id)), customer_id.encode(), partition=0)
    producer.write(OUTCOMES, encode_record(settled), settled.decision_id.encode())


def _lose_what_was_made_of_raw_topics(pipeline: LocalPipeline) -> None:
    delete(pipeline.kafka.bootstrap_servers, list(STORED_TOPICS))


def test_there_was_something_of_the_customer_everywhere(played: Played) -> None:
    assert played.before.purchases == EVENTS
    assert set(played.before.rows) == {*CUSTOMER_TOPICS, *TOLD}
    assert all(played.before.rows.values())


def test_nothing_is_left_in_the_changelog_the_scores_and_clickhouse(played: Played) -> None:
    assert played.after == Seen(None, dict.fromkeys(played.before.rows, 0))
    assert (ANN.encode() in played.latest_scores, BOB.encode() in played.latest_scores) == (False, True)


def test_nobody_else_loses_anything(played: Played) -> None:
    assert played.bob.purchases == EVENTS
    assert (played.bob.rows["interactions"], played.bob.rows["dead_letters"]) == (EVENTS + len(TOLD), 1)


def test_it_is_recorded_for_each_topic_without_who_it_was(played: Played) -> None:
    assert played.records == len(CUSTOMER_TOPICS)
    assert "ann" not in played.everything + played.printed


def test_the_audit_finds_no_difference_after_it(played: Played) -> None:
    assert played.audited == [0, 0, 0]


def test_what_is_published_afterwards_begins_a_new_customer(played: Played) -> None:
    assert (played.anew.purchases, played.anew.rows["interactions"], played.anew.rows["dead_letters"]) == (2, 2, 0)


def test_a_worker_that_has_the_changelog_alone_knows_the_new_customer_alone(played: Played) -> None:
    assert (played.from_changelog.purchases, played.from_changelog.rows["interactions"]) == (3, 3)


def test_pages_read_again_do_not_bring_the_customer_back(played: Played) -> None:
    assert (played.refolded.purchases, played.refolded.rows["interactions"]) == (3, 3)
    assert played.refolded.rows["dead_letters"] == 0


def test_raw_topics_read_again_do_not_bring_the_customer_back(played: Played) -> None:
    assert (played.rebuilt.purchases, played.rebuilt.rows["interactions"]) == (3, 3)
    assert played.rebuilt.rows["dead_letters"] == 0
