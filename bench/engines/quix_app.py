"""The peer on Quix Streams: one stateful step over a topic, RocksDB with a changelog, as its documentation has it.

Run by the peers' Python as ``python -m bench.engines.quix_app JSON``.
"""

import sys

from quixstreams import Application, State

from bench.engines.peer_work import COMMIT_SECONDS, PRODUCER, PeerSettings, decode_settings, step_of

_CUSTOMER = "customer"


def create_app(settings: PeerSettings) -> Application:
    """Make the peer's app.

    Messages and states pass as bytes: all engines have the same codecs then, and its JSON of dictionaries costs more.
    """
    app = Application(
        broker_address=settings.bootstrap_servers,
        consumer_group=settings.name,
        auto_offset_reset="earliest",
        commit_interval=COMMIT_SECONDS,
        state_dir=settings.folder,
        processing_guarantee="exactly-once" if settings.exactly_once else "at-least-once",
        producer_extra_config=dict(PRODUCER),
        loglevel="WARNING",
    )
    purchases = app.topic(settings.purchases, value_deserializer="bytes")
    scores = app.topic(settings.scores, value_serializer="bytes")
    step = step_of(settings)

    def score(purchase: bytes, state: State) -> bytes:
        kept, scored = step(state.get_bytes(_CUSTOMER), purchase)
        state.set_bytes(_CUSTOMER, kept)
        return scored

    app.dataframe(purchases).apply(score, stateful=True).to_topic(scores)
    return app


if __name__ == "__main__":
    create_app(decode_settings(sys.argv[1])).run()
