"""The demo's link signs in at a desk that has the demo's settings."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.demo.processes.desk import demo_desk
from desk.people.sessions import DeskSessions
from desk.people.users import UsersFile
from streams.settings import load_settings


def test_the_link_is_taken_by_a_desk_with_the_demos_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = demo_desk(tmp_path)
    for name, value in demo.environment.items():
        monkeypatch.setenv(name, value)
    desk = load_settings().desk
    assert desk.secret is not None
    sessions = DeskSessions(
        UsersFile(desk.users_file), desk.secret.get_secret_value(), timedelta(hours=desk.session_hours)
    )
    address, _, token = demo.link().rpartition("/sign-in/")
    user = sessions.user_of(token, datetime.now(UTC), "link")
    assert user is not None
    assert (address, desk.sign_in_links, user.role) == (f"http://127.0.0.1:{desk.port}", True, "admin")
