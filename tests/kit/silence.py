"""A broker that falls silent at the worst moment: when a transaction is about to be committed."""

from collections.abc import Callable
from threading import Timer
from typing import Any

from confluent_kafka import Producer

from deploy.local.kafka import KafkaCluster


def acting_at_commit(act: Callable[[], None]) -> type[Producer]:
    """A producer that does something once, before the first commit of any of its kind.

    Args:
        act: What it does.
    """
    acted: list[bool] = []

    class ActingAtCommit(Producer):
        def commit_transaction(self, *arguments: Any) -> None:  # noqa: ANN401 - librdkafka's own
            if not acted:
                acted.append(True)
                act()
            super().commit_transaction(*arguments)

    return ActingAtCommit


def silence(cluster: KafkaCluster, seconds: float) -> Timer:
    """Let a cluster's only node answer nobody for so long; what is returned lets it go on."""
    cluster.pause(1)
    resume = Timer(seconds, cluster.resume, (1,))
    resume.start()
    return resume
