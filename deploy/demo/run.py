"""The demo from nothing to answers: start everything, play a history, show what comes out."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.demo.play.acted_play import play_with_team
from deploy.demo.play.live import LiveDemo, history_end
from deploy.demo.play.sources import DemoSource, SourceName, read_source
from deploy.demo.play.team import SimulatedTeam
from deploy.demo.processes.arrival import await_arrival
from deploy.demo.processes.desk import DemoDesk, demo_desk
from deploy.demo.processes.folder import demo_folder
from deploy.demo.processes.pipeline import Pipeline, environment_for
from deploy.demo.processes.servers import Servers, open_servers
from deploy.demo.processes.supervisor import Supervisor
from deploy.demo.retention_table import show_retention
from deploy.demo.stay import kept, show_places
from deploy.demo.summary import show_summary
from deploy.simulator import Shop
from deploy.simulator.draw import DAY
from runtime.service.signals import Interrupts
from schemas.moments import from_ms
from sinks.clickhouse.client import open_client
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.snapshots import refresh_snapshots
from sinks.queries.row_counts import Arrivals, RowCounts
from streams.publish.publish import Published, Publisher, publish
from streams.settings import Settings, load_settings
from streams.topics import create_topics

_PLAY_SECONDS: Final = 60.0
"""Time that a whole history takes: what is learnt early can be used late, as it would be in years."""

_PATIENCE_SECONDS: Final = 120.0

_IDLE_SECONDS: Final = "0.1"
"""While a shop is played day by day, all of a day becomes visible at once, and the next waits for what follows."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """Options of the demo.

    Attributes:
        source: The history that is played.
        keep: Leave everything running afterwards, until interrupted.
        live: Go on with live events of the shop afterwards; implies ``keep``.
        speed: How many times as fast as time the live shop's clock runs, at least 1.
        seed: Of the simulated shop.
        limit: At most so many events.
    """

    source: SourceName
    keep: bool
    live: bool
    speed: float
    seed: int
    limit: int | None

    @property
    def acts(self) -> bool:
        """True if people act on the shop's customers: it is played whole, and does not go on afterwards."""
        return self.source == "shop" and self.limit is None and not self.live


@dataclass(frozen=True, slots=True)
class _Running:
    """Servers, processes and their supervisor, the desk, the console, and the signals of this process."""

    servers: Servers
    settings: Settings
    pipeline: Pipeline
    supervisor: Supervisor
    desk: DemoDesk
    console: Console
    interrupts: Interrupts


def run_demo(options: DemoOptions, console: Console, interrupts: Interrupts) -> None:
    """Play the demo.

    Args:
        options: Its options.
        console: Where everything is printed.
        interrupts: Of this process.

    Raises:
        StaylineError: A server does not answer, or refuses something.
        KeyboardInterrupt: Told to end; everything that was started and written is cleared away.
        LocalServerError: A server or process did not come up, or ended for good, or events did not arrive in time.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(demo_folder())
        doing = stack.enter_context(console.status("starting")).update
        source = read_source(
            options.source,
            seed=options.seed,
            end=history_end(datetime.now(UTC), options.speed if options.live else 1),
            limit=options.limit,
            ends_now=options.keep or options.live,
        )
        doing("starting Kafka and ClickHouse")
        servers = open_servers(stack, folder, doing)
        if not servers.transactions:
            _report(console, "Kafka is Tansu, which keeps all in memory and has no transactions: at least once")
        desk = demo_desk(folder)
        environment, settings = _prepare(options, servers, folder, desk, doing)
        doing("starting intake, worker, learner, sink and notifier")
        pipeline = Pipeline(environment, folder, usual_ports=True)
        supervisor = Supervisor(servers, pipeline, partial(_report, console))
        running = _Running(servers, settings, pipeline, supervisor, desk, console, interrupts)
        with supervisor.explaining():
            stack.enter_context(pipeline)
            pipeline.wait_until_ready(supervisor)
            doing("ready")
            _play(options, source, running)
            if options.keep or options.live:
                _stay(options, source, running, doing)


def _prepare(
    options: DemoOptions, servers: Servers, folder: Path, desk: DemoDesk, doing: Callable[[str], None]
) -> tuple[dict[str, str], Settings]:
    """Create topics and tables; return the variables of the processes, and the settings that follow from them."""
    environment = environment_for(servers, folder) | desk.environment
    if options.acts:
        environment["STAYLINE_INTAKE__IDLE_SECONDS"] = _IDLE_SECONDS
    os.environ.update(environment)
    settings = _patient(load_settings())
    doing("creating topics and tables")
    create_topics(settings.kafka, settings.worker)
    migrate(settings.clickhouse)
    return environment, settings


def _patient(settings: Settings) -> Settings:
    """Give ClickHouse time, which has what the processes leave of this machine's."""
    clickhouse = settings.clickhouse.model_copy(update={"timeout_seconds": _PATIENCE_SECONDS})
    return settings.model_copy(update={"clickhouse": clickhouse})


def _play(options: DemoOptions, source: DemoSource, running: _Running) -> None:
    console, settings = running.console, running.settings
    publisher = Publisher(settings.kafka, "event", "demo", running.interrupts)
    acts = source.shop if options.acts else None
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        if acts is None:
            console.print(f"Playing {source.title}: {len(source.lines):,} events.")
            team = None
            done = _publish(options, source, running, publisher, progress)
        else:
            console.print(f"Playing {source.title}, day by day, with a team that acts on what is decided.")
            team, done = _act(acts, running, publisher, progress)
        totals = _await(done, running, progress)
    show_summary(
        console, settings.clickhouse, totals, published=done.events, currency=settings.money.reporting_currency
    )
    if team is not None:
        truth = team.truth(done.latest_ms)
        show_retention(console, settings.clickhouse, truth, settings.money.reporting_currency)


def _await(done: Published, running: _Running, progress: Progress) -> RowCounts:
    """Wait until all that was published, and all that follows from it, is in ClickHouse."""
    arrived = progress.add_task("ClickHouse", total=done.events, note="")

    def arrived_so_far(rows: Arrivals, clock: float) -> None:
        note = f"{rows.interactions:,} events, {rows.risk_scores:,} scores, clock {_day(clock)}"
        progress.update(arrived, completed=rows.interactions, note=note)

    return await_arrival(
        running.pipeline,
        running.supervisor,
        running.settings.clickhouse,
        events=done.events,
        last_ms=done.latest_ms,
        patience_seconds=_PATIENCE_SECONDS,
        report=arrived_so_far,
    )


def _publish(
    options: DemoOptions, source: DemoSource, running: _Running, publisher: Publisher, progress: Progress
) -> Published:
    """Publish a history as fast as it is to be played."""
    speed = source.days / _PLAY_SECONDS if options.limit is None else None
    task = progress.add_task("published ", total=len(source.lines), note="")

    def published_so_far(published: Published) -> None:
        running.supervisor.look()
        note = f"{published.events:,} until {from_ms(published.latest_ms):%d %b %Y}"
        progress.update(task, completed=published.events, note=note)

    return publish(publisher, source.lines, days_per_second=speed, progress=published_so_far)


def _act(shop: Shop, running: _Running, publisher: Publisher, progress: Progress) -> tuple[SimulatedTeam, Published]:
    """Play a shop with a team that acts on its customers."""
    task = progress.add_task("played    ", total=shop.days, note="")

    def played_so_far(published: Published) -> None:
        until = from_ms(published.latest_ms)
        note = f"{published.events:,} events until {until:%d %b %Y}"
        progress.update(task, completed=(until - shop.start).total_seconds() / DAY, note=note)

    return play_with_team(shop, running.settings, running.pipeline, running.supervisor, publisher, played_so_far)


def _stay(options: DemoOptions, source: DemoSource, running: _Running, doing: Callable[[str], None]) -> None:
    """Leave everything running, with live events where asked for, until interrupted."""
    console, settings, servers, pipeline = running.console, running.settings, running.servers, running.pipeline
    doing("computing what analysts' questions read")
    with open_client(settings.clickhouse) as client:
        refresh_snapshots(client)
    if servers.transactions:  # what is not committed exactly once may well differ
        pipeline.start("audit")
    link = running.desk.link()
    pipeline.start("desk")
    report = partial(_report, console)
    with kept(servers, running.supervisor, report):
        doing("running")
        show_places(console, servers, pipeline, settings.clickhouse.database, link)
        if options.live:
            live = LiveDemo(settings.kafka, running.supervisor, running.interrupts, doing, report)
            live.play(source, options.speed)
        while True:
            running.supervisor.sleep(1)


def _report(console: Console, what: str) -> None:
    console.print(f"{datetime.now().astimezone():%H:%M:%S}  {escape(what)}", style="yellow", soft_wrap=True)


def _day(seconds: float) -> str:
    return f"{from_ms(int(seconds * 1000)):%d %b %Y}" if seconds else "not yet known"
