from dataclasses import dataclass

import pytest

from deploy.chdb_server.errors import QueryError
from deploy.chdb_server.sessions import SessionRequest, Sessions, session_seconds

KEY = ("default", "s")


@dataclass
class Begun:
    """A session of a pretended engine."""

    number: int
    closed: bool = False

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True


class SessionScenario:
    """Sessions over a clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0
        self.begun: list[Begun] = []
        self.sessions = Sessions(self._begin, lambda: self.now)

    def _begin(self) -> Begun:
        self.begun.append(Begun(len(self.begun)))
        return self.begun[-1]

    def use(self, asked: SessionRequest) -> Begun:
        """Hold a session for a moment."""
        with self.sessions.use(asked) as held:
            assert isinstance(held, Begun)
            return held


@pytest.fixture
def scenario() -> SessionScenario:
    return SessionScenario()


def test_the_same_name_is_the_same_session(scenario: SessionScenario) -> None:
    assert scenario.use(SessionRequest(KEY)) is scenario.use(SessionRequest(KEY))


def test_another_user_has_another_session_of_the_same_name(scenario: SessionScenario) -> None:
    assert scenario.use(SessionRequest(KEY)) is not scenario.use(SessionRequest(("analyst", "s")))


def test_a_session_ends_when_it_was_idle_for_its_time(scenario: SessionScenario) -> None:
    first = scenario.use(SessionRequest(KEY, seconds=10))
    scenario.now = 10.0
    assert scenario.use(SessionRequest(KEY)) is not first
    assert first.closed


def test_a_session_lives_on_while_it_is_used(scenario: SessionScenario) -> None:
    first = scenario.use(SessionRequest(KEY, seconds=10))
    scenario.now = 9.0
    scenario.use(SessionRequest(KEY, seconds=10))
    scenario.now = 18.0
    assert scenario.use(SessionRequest(KEY)) is first


def test_two_requests_at_once_are_refused(scenario: SessionScenario) -> None:
    with (
        scenario.sessions.use(SessionRequest(KEY)),
        pytest.raises(QueryError, match="SESSION_IS_LOCKED"),
        scenario.sessions.use(SessionRequest(KEY)),
    ):
        pass


def test_a_session_that_must_exist_is_not_begun(scenario: SessionScenario) -> None:
    with pytest.raises(QueryError, match="SESSION_NOT_FOUND"):
        scenario.use(SessionRequest(KEY, must_exist=True))
    assert scenario.begun == []


def test_a_request_may_close_its_session(scenario: SessionScenario) -> None:
    first = scenario.use(SessionRequest(KEY, close=True))
    assert first.closed
    assert scenario.use(SessionRequest(KEY)) is not first


@pytest.mark.parametrize("text", ["", "soon", "-1", "3601", "nan"])
def test_a_timeout_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="INVALID_SESSION_TIMEOUT"):
        session_seconds(text)
