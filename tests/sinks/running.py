"""A sink that runs in a thread, what it answers, and databases for it."""

from threading import Event, Thread
from typing import Any, Self
from urllib.error import HTTPError, URLError
from urllib.request import urlopen
from uuid import uuid4

from deploy.local.clickhouse import ClickHouse
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.migrate import migrate
from tests.kit.waiting import PATIENCE_SECONDS

PARTITIONS = 3


class Background:
    """A process's loop in a thread, stopped and joined at the end of its block."""

    def __init__(self, run: Any, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - whatever is run
        self.stop = Event()
        self.error: BaseException | None = None
        self._thread = Thread(target=self._run, args=(run, arguments, named))

    def _run(self, run: Any, arguments: Any, named: Any) -> None:  # noqa: ANN401 - whatever is run
        try:
            run(*arguments, **named, stop=self.stop)
        except BaseException as error:  # noqa: BLE001 - the test asks for it
            self.error = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._thread.join(PATIENCE_SECONDS)

    def wait_for_end(self) -> None:
        """Wait until it ends by itself."""
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()


def answer(port: int, path: str) -> tuple[int, str]:
    """Status and words of /live or /ready, which answer 503 when all is not well."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/{path}", timeout=PATIENCE_SECONDS) as response:
            return response.status, response.read().decode().strip()
    except HTTPError as error:
        return error.code, error.read().decode().strip()
    except URLError:
        return 0, ""


def metrics(port: int) -> str:
    """Return the text of /metrics."""
    return answer(port, "metrics")[1]


def new_database(clickhouse: ClickHouse) -> ClickHouseSettings:
    """Make an empty database with this program's schema."""
    settings = ClickHouseSettings(url=clickhouse.url, database=f"stayline_{uuid4().hex}")
    migrate(settings)
    return settings
