"""Plays a shop day by day, while its team acts on what was decided up to the day before.

People need not wait for computers in a real shop. In a played one a day passes in a fraction of a second, so each day
is published once everything that the day before led to is there: so the same seed gives the same decisions and deeds.
"""

from collections.abc import Callable, Iterator
from itertools import groupby, takewhile
from threading import Event as ThreadEvent
from time import monotonic
from typing import Final

from confluent_kafka import Message

from deploy.demo.play.sources import encode_event
from deploy.demo.play.team import SimulatedTeam
from deploy.demo.processes.arrival import has_come_to
from deploy.demo.processes.pipeline import Pipeline
from deploy.demo.processes.supervisor import Supervisor
from deploy.local.server import LocalServerError
from deploy.simulator.draw import DAY, Event
from deploy.simulator.life import Moment
from deploy.simulator.simulate import Shop
from deploy.simulator.treatments.treated_shop import TreatedShop
from retention.catalogue.compiled import compile_playbook
from runtime.kafka.offsets import OffsetClient
from runtime.kafka.topic_reader import TopicReader
from schemas.events.history import read_line
from schemas.records.decisions import RetentionDecision, decode_decision
from schemas.topics import DECISIONS, INTERACTIONS
from streams.publish.publish import Published, Publisher
from streams.retention_file import load_playbook
from streams.settings import Settings

_LOOK_SECONDS: Final = 0.02
_PATIENCE_SECONDS: Final = 120.0


def play_with_team(
    shop: Shop,
    settings: Settings,
    pipeline: Pipeline,
    supervisor: Supervisor,
    publisher: Publisher,
    report: Callable[[Published], None],
) -> tuple[SimulatedTeam, Published]:
    """Play a whole shop while a team acts on what is decided for its customers.

    Args:
        shop: The shop.
        settings: Where Kafka is, the playbook, and what an amount is worth.
        pipeline: The processes that decide.
        supervisor: Looks after them meanwhile.
        publisher: Publishes with the event clock.
        report: Told of what was published after each day.

    Returns:
        The team, which knows what became of the decisions, and what was published.
    """
    treated = TreatedShop(shop.arrivals(), seed=shop.seed, prefix=f"shop{shop.seed}")
    book = compile_playbook(load_playbook(settings.retention.playbook))
    rates, share = settings.money.rates, settings.risk.margin
    team = SimulatedTeam(treated, book, lambda amount, currency: amount * float(rates[currency]) * share)
    play = ActedPlay(settings, pipeline, supervisor, publisher)
    try:
        return team, play.play(shop, treated, team, report)
    finally:
        play.close()


class ActedPlay:
    """Publishes a shop's days, each with the deeds of its team."""

    def __init__(self, settings: Settings, pipeline: Pipeline, supervisor: Supervisor, publisher: Publisher) -> None:
        """Prepare.

        Args:
            settings: Where Kafka is, and the group of the workers.
            pipeline: The processes that decide.
            supervisor: Looks after them meanwhile.
            publisher: Publishes with the event clock.
        """
        self._pipeline, self._supervisor, self._publisher = pipeline, supervisor, publisher
        self._group = settings.worker.application_id
        numbers = range(settings.kafka.interactions_partitions)
        self._pages = [(INTERACTIONS, number) for number in numbers]
        self._decided = [(DECISIONS, number) for number in numbers]
        self._offsets = OffsetClient(settings.kafka)
        self._pages_read = TopicReader(settings.kafka, "demo-team-pages", INTERACTIONS, numbers)
        self._reader = TopicReader(settings.kafka, "demo-team", DECISIONS, numbers)

    def play(
        self, shop: Shop, treated: TreatedShop, team: SimulatedTeam, report: Callable[[Published], None]
    ) -> Published:
        """Play the whole shop.

        Args:
            shop: Its time.
            treated: Its customers.
            team: Acts on them.
            report: Told of what was published after each day.

        Raises:
            LocalServerError: A day's decisions do not come, or a process has ended for good.
            ServerUnreachableError: Kafka does not answer.
        """
        for moments in _days(shop, treated):
            lines = [read_line(encode_event(event)) for event in _with_deeds(moments, team)]
            self._publisher.send(lines)
            report(self._publisher.published)
            team.take(self._decisions_until(self._publisher.published.latest_ms))
        return self._publisher.published

    def close(self) -> None:
        """Disconnect."""
        self._pages_read.close()
        self._reader.close()
        self._offsets.close()

    def _decisions_until(self, moment: int) -> list[RetentionDecision]:
        """Return the decisions up to a moment, ms since 1970, that were not returned before."""
        self._wait(lambda: has_come_to(self._pipeline, moment))
        self._wait_until_committed()
        last = self._offsets.ends(self._decided, committed=True)
        records = self._reader.read_to({place[1]: end for place, end in last.items()}, ThreadEvent())
        return [decision for messages in records for message in messages for decision in _decoded(message)]

    def _wait_until_committed(self) -> None:
        """Wait until what follows from every page that is there is committed, too."""
        ends = self._offsets.ends(self._pages, committed=True)
        for _ in self._pages_read.read_to({number: end for (_, number), end in ends.items()}, ThreadEvent()):
            pass
        needed = {place: self._pages_read.needed(place[1], end) for place, end in ends.items()}

        def is_committed() -> bool:
            committed = self._offsets.committed(self._group, needed)
            return all(committed[place] >= offset for place, offset in needed.items())

        self._wait(is_committed)

    def _wait(self, holds: Callable[[], bool]) -> None:
        until = monotonic() + _PATIENCE_SECONDS
        while not holds():
            if monotonic() > until:
                raise LocalServerError(f"a day's decisions do not come: see {self._pipeline.logs}")
            self._supervisor.sleep(_LOOK_SECONDS)


def _days(shop: Shop, treated: TreatedShop) -> Iterator[Iterator[Moment]]:
    """Yield the events of each day that has any; they are played as they are read, so that deeds come in between."""
    begins, ends = shop.start.timestamp(), shop.end.timestamp()
    played = takewhile(lambda moment: moment[0] < ends, treated.events())
    for _, moments in groupby(played, key=lambda moment: (moment[0] - begins) // DAY):
        yield moments


def _with_deeds(moments: Iterator[Moment], team: SimulatedTeam) -> Iterator[Event]:
    for at, _, event in moments:
        now = int(at * 1000)
        yield from team.deeds(now)
        team.note(event, now)
        yield event


def _decoded(message: Message) -> Iterator[RetentionDecision]:
    value = message.value()
    if isinstance(value, bytes) and value:
        yield decode_decision(value)
