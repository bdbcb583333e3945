"""Records that a run has written, counted and hashed in an order that no layout changes."""

from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256

from bench.chaos.checks.reading import read_topic
from schemas.records.learner_notes import LEARNER_NOTES
from schemas.records.score import decode_risk_score
from schemas.settings.connections import KafkaSettings
from schemas.topics import RISK_SCORES
from tests.kit.results import RESULT_TOPICS, Results, owner_of


def results_on(kafka: KafkaSettings, known: Results) -> Results:
    """Read every committed record of the topics of results, by topic and customer.

    Args:
        kafka: Where the topics are.
        known: Those of another run; a record that equals its counterpart there takes no memory of its own.
    """
    found: dict[tuple[str, str], list[bytes]] = defaultdict(list)
    for topic in RESULT_TOPICS:
        for record in read_topic(kafka, topic):
            if LEARNER_NOTES.isdisjoint(record.headers):
                place = (topic, owner_of(topic, record.key, record.value))
                others, number = known.get(place, []), len(found[place])
                is_known = number < len(others) and others[number] == record.value
                found[place].append(others[number] if is_known else record.value)
    return dict(found)


def count_of(results: Results, topic: str) -> int:
    """Return how many records a topic has."""
    return sum(len(records) for (name, _), records in results.items() if name == topic)


def digest_of(results: Results, topic: str) -> str:
    """Return the SHA-256 of a topic's records, customer by customer in the order of their names."""
    digest = sha256()
    for name, customer_id in sorted(results):
        for record in results[name, customer_id] if name == topic else []:
            digest.update(b"%d:%b" % (len(record), record))
    return digest.hexdigest()


def unpinned(results: Results) -> Iterator[str]:
    """Yield the customers of scores that were not given by the model of their epoch, once a score."""
    for (topic, customer_id), records in results.items():
        if topic == RISK_SCORES:
            yield from (customer_id for record in records if not decode_risk_score(record).model_pinned)
