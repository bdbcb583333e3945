"""``stayline intake``, ``worker``, ``learner``, ``sink`` and ``notifier``: the processes of the pipeline."""

import typer

from runtime.service.signals import stop_on_signals
from streams.command.common import instance_of, settings_of_process


def intake() -> None:
    """Turn raw events into validated pages and dead letters. Start as many as there are raw partitions, at most.

    For example: `STAYLINE_KAFKA__BOOTSTRAP_SERVERS=kafka:9092 stayline intake`
    """
    from streams.intake.process import run_intake  # noqa: PLC0415 - no command waits for what only others need

    settings = settings_of_process()
    run_intake(
        kafka=settings.kafka,
        money=settings.money,
        intake=settings.intake,
        observe=settings.observe,
        application_id=settings.worker.application_id,
        instance=instance_of(settings),
        stop=stop_on_signals(),
    )


def worker() -> None:
    """Keep customers' states, review the silent, score, alert. Start as many as there are customer partitions.

    For example: `STAYLINE_INSTANCE=worker-1 STAYLINE_WORKER__DATA_FOLDER=/var/lib/stayline stayline worker`
    """
    from streams.worker.process import serve_worker  # noqa: PLC0415 - Faust takes a second to import

    settings = settings_of_process()
    raise typer.Exit(serve_worker(settings, instance_of(settings)))


def learner() -> None:
    """Learn from settled questions and publish the model. One works, others wait to take over.

    For example: `STAYLINE_INSTANCE=learner-1 stayline learner`
    """
    from streams.learner.process import serve_learner  # noqa: PLC0415 - Faust takes a second to import

    settings = settings_of_process()
    raise typer.Exit(serve_learner(settings, instance_of(settings)))


def sink() -> None:
    """Write interactions, scores, answers, alerts and dead letters to ClickHouse.

    For example: `STAYLINE_CLICKHOUSE__URL=http://clickhouse:8123 stayline sink`
    """
    from sinks.load.sink import run_sink  # noqa: PLC0415 - ClickHouse's client takes time to import

    settings = settings_of_process()
    run_sink(
        kafka=settings.kafka,
        clickhouse=settings.clickhouse,
        sink=settings.sink,
        observe=settings.observe,
        application_id=settings.worker.application_id,
        stop=stop_on_signals(),
    )


def notifier() -> None:
    """Tell people what to do for whom: a webhook, Alertmanager, a file a day, or the log. One works, others wait.

    For example: `STAYLINE_NOTIFIER__ALERTMANAGER_URL=http://alertmanager:9093 stayline notifier`
    """
    from sinks.alerts.notifier import run_notifier  # noqa: PLC0415 - the HTTP client takes time to import
    from streams.capacity import capacity_plans  # noqa: PLC0415 - numpy likewise

    settings = settings_of_process()
    run_notifier(
        kafka=settings.kafka,
        notifier=settings.notifier,
        observe=settings.observe,
        application_id=settings.worker.application_id,
        new_capacity=capacity_plans(settings.retention),
        stop=stop_on_signals(),
    )
