"""Targets of the notifier."""

from collections.abc import Iterator
from threading import Thread

import pytest

from tests.sinks.alerts.listener import Listener


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A web server that takes everything."""
    listening = Listener()
    thread = Thread(target=listening.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield listening
    listening.server.shutdown()
    listening.server.server_close()
    thread.join()
