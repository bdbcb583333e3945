"""The whole pipeline on this machine, playing a history, from nothing to answers."""

import os
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.demo.folder import demo_folder
from deploy.demo.follow import follow
from deploy.demo.processes import Pipeline, environment_for
from deploy.demo.servers import Servers, open_servers
from deploy.demo.show import show_summary
from deploy.demo.sources import Source, SourceName, encode_event, read_source
from deploy.demo.watch import Watch
from deploy.simulator import live_shop_events
from runtime.service.signals import Interrupts
from schemas.moments import from_ms
from sinks.clickhouse.client import open_client
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.snapshots import refresh_snapshots
from sinks.queries.row_counts import Arrivals
from streams.publish.publish import Published, Publisher, publish
from streams.settings import Settings, load_settings
from streams.topics import create_topics

_PLAY_SECONDS: Final = 60.0
"""The history takes so long: what is learnt early can be used late, as it would be in years."""

_PATIENCE_SECONDS: Final = 120.0
_LIVE_CUSTOMERS: Final = 2_000


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """How the demo is played.

    Attributes:
        source: What is played.
        keep: Leave everything running afterwards, until interrupted.
        live: Go on with live events afterwards; implies ``keep``.
        rate: Live events a second.
        seed: Of the simulated shop.
        limit: At most so many events.
    """

    source: SourceName
    keep: bool
    live: bool
    rate: float
    seed: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class _Running:
    """What the demo plays on: servers, processes, who looks after them, who is told everything and who ends it."""

    servers: Servers
    settings: Settings
    pipeline: Pipeline
    watch: Watch
    console: Console
    interrupts: Interrupts


def run_demo(options: DemoOptions, console: Console, interrupts: Interrupts) -> None:
    """Play the demo.

    Args:
        options: How it is played.
        console: Where everything is told.
        interrupts: Of this process.

    Raises:
        KeyboardInterrupt: Told to end; everything that was started and written is cleared away.
        ServerFailed: A server or a process did not come up, or ended for good, or the events did not arrive in time.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(demo_folder())
        tell = stack.enter_context(console.status("starting")).update
        source = read_source(options.source, seed=options.seed, now=datetime.now(UTC), limit=options.limit)
        tell("starting Kafka and ClickHouse")
        servers = open_servers(stack, folder, tell)
        environment = environment_for(servers, folder)
        os.environ.update(environment)
        settings = load_settings()
        tell("creating topics and tables")
        create_topics(settings.kafka, settings.worker)
        migrate(settings.clickhouse)
        tell("starting intake, worker, learner, sink and notifier")
        pipeline = Pipeline(environment, folder)
        watch = Watch(servers, pipeline, partial(_say, console))
        running = _Running(servers, settings, pipeline, watch, console, interrupts)
        with watch.explaining():
            stack.enter_context(pipeline)
            pipeline.wait_until_ready(watch)
            tell("ready")
            _play(options, source, running)
            if options.keep or options.live:
                _stay(options, running)


def _play(options: DemoOptions, source: Source, running: _Running) -> None:
    console, settings = running.console, running.settings
    console.print(f"Playing {source.title}: {len(source.lines):,} events.")
    publisher = Publisher(settings.kafka, "event", "demo", running.interrupts)
    speed = source.days / _PLAY_SECONDS if options.limit is None else None
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("published ", total=len(source.lines), note="")

        def published_so_far(published: Published) -> None:
            running.watch.look()
            note = f"{published.events:,} until {from_ms(published.latest_ms):%d %b %Y}"
            progress.update(task, completed=published.events, note=note)

        done = publish(publisher, source.lines, days_per_second=speed, progress=published_so_far)
        arrived = progress.add_task("ClickHouse", total=done.events, note="")

        def arrived_so_far(rows: Arrivals, clock: float) -> None:
            note = f"{rows.interactions:,} events, {rows.risk_scores:,} scores, clock {_day(clock)}"
            progress.update(arrived, completed=rows.interactions, note=note)

        with open_client(settings.clickhouse) as client:
            totals = follow(
                running.pipeline,
                running.watch,
                client,
                events=done.events,
                last_ms=done.latest_ms,
                patience_seconds=_PATIENCE_SECONDS,
                tell=arrived_so_far,
            )
    with open_client(settings.clickhouse) as client:
        show_summary(console, client, totals, published=done.events, currency=settings.money.reporting_currency)


def _stay(options: DemoOptions, running: _Running) -> None:
    """Leave everything running, with live events where asked for, until interrupted."""
    console, settings, servers, pipeline = running.console, running.settings, running.servers, running.pipeline
    with console.status("computing what analysts' questions read"), open_client(settings.clickhouse) as client:
        refresh_snapshots(client)
    if servers.transactions:  # what is not committed exactly once may well differ
        pipeline.start("audit")
    console.rule("Still running; Ctrl-C ends it")
    console.print(f"Kafka       {servers.bootstrap_servers}")
    console.print(f"ClickHouse  {servers.clickhouse_url}  (database {settings.clickhouse.database})")
    for kind in pipeline.ports:
        console.print(f"{kind:<11} {pipeline.address(kind)}/metrics")
    console.print(
        f"try         curl '{servers.clickhouse_url}/?query=SELECT+count()+FROM+stayline.customers'", soft_wrap=True
    )
    console.print("For `stayline customer ID` and the other commands in another shell:")
    for name, value in environment_for(servers, pipeline.logs.parent).items():
        console.print(f"  export {name}={value}", soft_wrap=True)
    if options.live:
        _play_live(options, running)
    while True:
        running.watch.sleep(1)


def _play_live(options: DemoOptions, running: _Running) -> None:
    publisher = Publisher(running.settings.kafka, "now", "demo-live", running.interrupts)
    events = live_shop_events(
        seed=options.seed,
        customers=_LIVE_CUSTOMERS,
        rate=options.rate,
        now=lambda: datetime.now(UTC),
        sleep=running.watch.sleep,
    )
    for event in events:
        publish(publisher, [encode_event(event)])


def _say(console: Console, what: str) -> None:
    console.print(f"{datetime.now().astimezone():%H:%M:%S}  {escape(what)}", style="yellow", soft_wrap=True)


def _day(seconds: float) -> str:
    return f"{from_ms(int(seconds * 1000)):%d %b %Y}" if seconds else "not yet known"
