"""Six customer partitions become nine in the middle of a history, against the same history in one process."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

import pytest

from bench.chaos.checks.reading import Group, TopicRecord, read_topic
from deploy.demo.play.cdnow import cdnow_events
from deploy.demo.play.sources import encode_event
from runtime.kafka.offsets import OffsetClient
from schemas.events.history import decode_history
from schemas.events.interaction import Interaction
from schemas.moments import to_ms
from schemas.pages.page import decode_lines
from schemas.settings.risk import MoneySettings, RiskSettings
from streams.grow.changelog import Changelog
from streams.intake.partition import partition_of_key
from tests.integration.stack import CHANGELOG, LocalPipeline, local_pipeline
from tests.kit.equality import Knowledge, backtested, first_difference, worked_out
from tests.kit.servers import SharedServers

pytestmark = [pytest.mark.servers, pytest.mark.takes(85)]

BEFORE, AFTER = 6, 9
ONE_CUSTOMER_IN = 24
PARTITIONS = "STAYLINE_KAFKA__INTERACTIONS_PARTITIONS"

Ended = subprocess.CompletedProcess[str]


@dataclass
class Story:
    """Course of a growth.

    Attributes:
        expected: What the whole history gives in one process.
        ended: The commands that were run to their end, by what for.
        found: What the workers came to.
        log: All of ``interactions``.
        moving: Who had to move, counted by the test.
        placed: Partition of each customer's state right after the growth.
        warnings: What the worker said that began with the old local store.
    """

    expected: Knowledge
    ended: dict[str, Ended] = field(default_factory=dict)
    found: Knowledge = field(default_factory=lambda: Knowledge({}, {}))
    log: list[TopicRecord] = field(default_factory=list)
    moving: int = 0
    placed: dict[bytes, list[int]] = field(default_factory=dict)
    warnings: str = ""


@pytest.fixture(scope="module")
def story(servers: SharedServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Half a history, a growth that is killed and repeated, and the other half."""
    lines = [encode_event(event) for event in cdnow_events() if int(str(event["customer_id"])) % ONE_CUSTOMER_IN == 0]
    history = [one for one in decode_history(lines, MoneySettings().rates, 10**6) if isinstance(one, Interaction)]
    told = Story(backtested(history, RiskSettings()))
    with local_pipeline(servers, tmp_path_factory.mktemp("grow"), customer_partitions=BEFORE) as pipeline:
        _first_part(pipeline, lines, _cuts(history), told)
        _growth(pipeline, told)
        _last_part(pipeline, lines, _cuts(history)[1], told)
        yield told


def _cuts(history: list[Interaction]) -> list[int]:
    """Two places between two days, at about half of the history and a little later."""
    days = [one.occurred_at.date() for one in history]
    new = [number for number in range(1, len(days)) if days[number] != days[number - 1]]
    return [next(cut for cut in new if cut >= len(days) * share) for share in (0.5, 0.55)]


def _first_part(pipeline: LocalPipeline, lines: list[bytes], cuts: list[int], told: Story) -> None:
    grow = ("grow", "--partitions", str(AFTER))
    intake = pipeline.start("intake", "intake-1")
    worker = pipeline.start("worker", "worker-1")
    pipeline.publish(lines[: cuts[0]], "event")
    assert pipeline.wait_until(lambda: _lines(pipeline) == cuts[0] and _all_folded(pipeline))
    told.ended["while they run"] = pipeline.run(*grow, check=False)
    pipeline.forget(worker)
    worker.stop()
    pipeline.publish(lines[cuts[0] : cuts[1]], "event")
    assert pipeline.wait_until(lambda: _lines(pipeline) == cuts[1])
    pipeline.forget(intake)
    intake.stop()
    told.ended["while pages wait"] = pipeline.run(*grow, check=False)
    worker = pipeline.start("worker", "worker-1")
    assert pipeline.wait_until(lambda: _all_folded(pipeline))
    pipeline.forget(worker)
    worker.stop()


def _growth(pipeline: LocalPipeline, told: Story) -> None:
    grow = ("grow", "--partitions", str(AFTER))
    new = {PARTITIONS: str(AFTER)}
    without_transactions = {"STAYLINE_KAFKA__TRANSACTIONS": "0"}
    with ThreadPoolExecutor(3) as threads:
        shrink = threads.submit(pipeline.run, "grow", "--partitions", str(BEFORE - 1), check=False)
        without = threads.submit(pipeline.run, *grow, check=False, variables=without_transactions)
        dry_run = threads.submit(pipeline.run, *grow, "--dry-run")
    told.ended |= {"shrink": shrink.result(), "without transactions": without.result(), "dry run": dry_run.result()}
    told.moving = sum(_home(key, BEFORE) != _home(key, AFTER) for key in pipeline.states())
    told.ended["killed"] = _killed(pipeline)
    told.ended["worker in between"] = pipeline.run("worker", check=False, variables=new)
    told.ended["another number in between"] = pipeline.run("grow", "--partitions", str(AFTER + 1), check=False)
    assert pipeline.wait_until(lambda: _dried(pipeline, grow, told) == 0)
    told.ended["repeated"] = pipeline.run(*grow, check=False)
    told.ended["once more"] = pipeline.run(*grow, check=False)
    with ThreadPoolExecutor(2) as threads:
        refused = {kind: threads.submit(pipeline.run, kind, check=False) for kind in ("worker", "intake")}
    told.ended |= {f"{kind} with the old number": ended.result() for kind, ended in refused.items()}
    for number, states in _states(pipeline):
        for key in states:
            told.placed.setdefault(key, []).append(number)


def _dried(pipeline: LocalPipeline, grow: tuple[str, ...], told: Story) -> int:
    """Run the growth dry, which waits for the transaction that was open, and return its exit code."""
    told.ended["dry run in between"] = pipeline.run(*grow, "--dry-run", check=False)
    return told.ended["dry run in between"].returncode


def _last_part(pipeline: LocalPipeline, lines: list[bytes], cut: int, told: Story) -> None:
    pipeline.environment[PARTITIONS] = str(AFTER)
    told.ended["check"] = pipeline.run("check", check=False)
    pipeline.start("sink", "sink-1")
    pipeline.start("intake", "intake-1")
    pipeline.start("worker", "worker-1")
    pipeline.publish(lines[cut:], "event")
    assert pipeline.wait_until(lambda: _lines(pipeline) == len(lines))

    def equal() -> bool:
        states = (state for _, states in _states(pipeline) for state in states.items())
        told.found = worked_out(states, pipeline.examples())
        return first_difference(told.expected, told.found) is None

    pipeline.wait_until(equal)
    told.log = list(read_topic(pipeline.kafka, "interactions"))
    told.warnings = pipeline.log("worker-1").read_text()
    told.ended["audit"] = pipeline.run("audit", "--once", check=False)


def _killed(pipeline: LocalPipeline) -> Ended:
    command = [sys.executable, "-m", "tests.grow.killed_growth", str(AFTER)]
    soon_aborted = {"STAYLINE_KAFKA__TRANSACTION_TIMEOUT_SECONDS": "2"}
    environment = {**os.environ, **pipeline.environment, **soon_aborted}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def _states(pipeline: LocalPipeline) -> Iterator[tuple[int, dict[bytes, bytes]]]:
    """The customers who have a state, by partition."""
    changelog = Changelog(pipeline.kafka, CHANGELOG, "stayline", OffsetClient(pipeline.kafka), Event())
    return changelog.partitions(AFTER)


def _lines(pipeline: LocalPipeline) -> int:
    return sum(record.value.count(b"\n") for record in read_topic(pipeline.kafka, "interactions"))


def _all_folded(pipeline: LocalPipeline) -> bool:
    needed = Counter({0: 0})
    for record in read_topic(pipeline.kafka, "interactions"):
        needed[record.partition] = record.offset + 1
    group = Group(pipeline.kafka, "stayline", ("interactions",))
    try:
        committed = group.committed()
    finally:
        group.close()
    return all(committed.get(("interactions", number), 0) >= offset for number, offset in needed.items())


def _home(key: bytes, partitions: int) -> int:
    return partition_of_key(key.decode(), partitions)


def _one_line(ended: Ended) -> str:
    told = [line for line in ended.stderr.splitlines() if line.strip()]
    assert len(told) == 1, ended.stderr
    return told[0]


def test_it_refuses_while_intakes_and_workers_run(story: Story) -> None:
    ended = story.ended["while they run"]
    assert (ended.returncode, "stop every intake and worker" in _one_line(ended)) == (2, True)


def test_it_refuses_while_pages_wait_to_be_folded(story: Story) -> None:
    ended = story.ended["while pages wait"]
    assert (ended.returncode, "pages wait on interactions" in _one_line(ended)) == (2, True)


def test_it_refuses_to_shrink(story: Story) -> None:
    ended = story.ended["shrink"]
    assert (ended.returncode, "never shrink" in _one_line(ended)) == (2, True)


def test_it_refuses_without_transactions(story: Story) -> None:
    ended = story.ended["without transactions"]
    assert (ended.returncode, "transactions" in _one_line(ended)) == (2, True)


def test_a_dry_run_says_how_many_customers_would_move_and_moves_none(story: Story) -> None:
    assert story.ended["dry run"].stdout.startswith(f"would move {story.moving:,} of ")


def test_a_growth_that_was_killed_has_moved_some_whole_transactions(story: Story) -> None:
    assert story.ended["killed"].returncode == -9
    assert story.ended["dry run in between"].stdout.startswith(f"would move {story.moving - 20:,} of ")


def test_no_worker_starts_between_a_growth_that_was_killed_and_its_repetition(story: Story) -> None:
    ended = story.ended["worker in between"]
    assert (ended.returncode, "finish it with: stayline grow" in ended.stderr) == (2, True), ended.stderr


def test_a_worker_that_is_turned_away_keeps_no_store_of_half_moved_customers(story: Story) -> None:
    assert "was filled while customers were moving" in story.ended["worker in between"].stderr


def test_a_growth_that_was_begun_is_finished_before_another(story: Story) -> None:
    ended = story.ended["another number in between"]
    assert (ended.returncode, f"finish it first: stayline grow --partitions {AFTER}" in ended.stderr) == (2, True)


def test_repeated_it_moves_the_others_and_finds_all_as_they_were(story: Story) -> None:
    ended = story.ended["repeated"]
    assert ended.returncode == 0, ended.stderr
    assert f"{story.moving - 20:,} moved, all there" in ended.stdout


def test_done_once_more_it_has_nothing_to_do(story: Story) -> None:
    ended = story.ended["once more"]
    assert (ended.returncode, "nothing to do" in ended.stdout) == (0, True), ended.stderr


def test_every_customer_lies_on_the_partition_of_its_pages_and_on_no_other(story: Story) -> None:
    assert story.placed == {key: [_home(key, AFTER)] for key in story.placed}


@pytest.mark.parametrize("kind", ["worker", "intake"])
def test_whoever_starts_with_the_old_number_is_refused_in_one_line(story: Story, kind: str) -> None:
    ended = story.ended[f"{kind} with the old number"]
    assert (ended.returncode, f"has {AFTER} partitions" in _one_line(ended)) == (2, True)


def test_check_finds_every_topic_as_it_should_be_with_the_new_number(story: Story) -> None:
    assert story.ended["check"].returncode == 0, story.ended["check"].stdout


def test_a_local_store_from_before_is_made_anew(story: Story) -> None:
    assert "is a copy of another changelog" in story.warnings


def test_new_pages_of_a_customer_lie_where_its_state_went(story: Story) -> None:
    ends: dict[str, int] = {}
    for record in story.log:
        ends |= {line.customer_id: record.partition for line in decode_lines(record.value) if _is_late(line)}
    assert ends == {name: _home(name.encode(), AFTER) for name in ends}


def _is_late(line: Interaction) -> bool:
    return line.occurred_at.year >= 1998


def test_states_and_answers_are_those_of_the_whole_history_in_one_process(story: Story) -> None:
    assert first_difference(story.expected, story.found) is None


def test_no_question_is_answered_twice(story: Story) -> None:
    answered = [example for own in story.found.examples.values() for example in own]
    names = Counter((example.customer_id, to_ms(example.asked_at)) for example in answered)
    assert max(names.values()) == 1


def test_the_audit_finds_no_difference(story: Story) -> None:
    ended = story.ended["audit"]
    assert ended.returncode == 0, ended.stdout
