"""Topics for tests on a real broker: made new, whoever left some there."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from tests.kit.waiting import PATIENCE_SECONDS, wait_until

_ATTEMPTS: Final = 5


def make_anew(bootstrap_servers: str, topics: Sequence[NewTopic]) -> None:
    """Delete what there is of topics, and create them empty.

    A broker hands the request on to its controller, and asks again where that answers late: it then names a topic
    as already there that this very request made, which cannot be told from an old one. So all is begun again.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    names = {topic.topic for topic in topics}
    for _ in range(_ATTEMPTS):
        delete(bootstrap_servers, list(names))
        are_new = [
            _ask(created, KafkaError.TOPIC_ALREADY_EXISTS) for created in admin.create_topics(list(topics)).values()
        ]
        if all(are_new):
            return wait_until(lambda: set(admin.list_topics(timeout=PATIENCE_SECONDS).topics) >= names, "topics made")
    raise AssertionError(f"{_ATTEMPTS} times, topics just deleted were already there: {topics}")


def delete(bootstrap_servers: str, names: Sequence[str]) -> None:
    """Delete those topics that there are, and return when their names are free."""
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    for deleted in admin.delete_topics(list(names)).values():
        _ask(deleted, KafkaError.UNKNOWN_TOPIC_OR_PART)
    wait_until(lambda: not set(admin.list_topics(timeout=PATIENCE_SECONDS).topics) & set(names), "topics are gone")


def _ask(answer: Future[None], harmless: int) -> bool:
    """Return True if the broker did it, and False for the one refusal that does no harm."""
    try:
        answer.result(PATIENCE_SECONDS)
    except KafkaException as failure:
        if failure.args[0].code() != harmless:
            raise
        return False
    return True
