"""Users, passwords, sessions, tries at sign-in, and names from a proxy."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.people.passwords import hash_password, is_password
from desk.people.proxy import AuthenticatingProxy
from desk.people.sessions import DeskSessions
from desk.people.sign_in_limit import SignInLimit
from desk.people.users import Role, User, UsersFile
from schemas.errors import UsageError
from tests.desk.served import PASSWORD, SECRET

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROLES: tuple[Role, ...] = ("agent", "lead", "admin")
HOURS = timedelta(hours=12)
ANN = User(name="ann", role="agent", teams=("care",), password="hash")


@pytest.fixture
def users(tmp_path: Path) -> UsersFile:
    """A file with one user."""
    file = UsersFile(tmp_path / "users.json")
    file.put(ANN)
    return file


def test_a_password_is_recognised_by_its_hash_and_no_other_is() -> None:
    stored = hash_password(PASSWORD)
    assert is_password(PASSWORD, stored)
    assert not is_password(PASSWORD + " ", stored)
    assert PASSWORD not in stored


def test_the_same_password_has_another_hash_each_time() -> None:
    assert hash_password(PASSWORD) != hash_password(PASSWORD)


@pytest.mark.parametrize("stored", ["", "plain", "scrypt$1$2$3", "md5$1$8$1$AA$AA"])
def test_what_is_no_hash_lets_nobody_in(stored: str) -> None:
    assert not is_password(PASSWORD, stored)


@pytest.mark.parametrize("password", ["", "short", "x" * 1025])
def test_a_password_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(UsageError, match="12 to 1024 characters"):
        hash_password(password)


def test_only_its_owner_may_read_the_users_file(users: UsersFile, tmp_path: Path) -> None:
    assert users.find("ann") == ANN
    assert stat.S_IMODE((tmp_path / "users.json").stat().st_mode) == 0o600


def test_a_user_whom_another_process_adds_counts_at_once(users: UsersFile, tmp_path: Path) -> None:
    UsersFile(tmp_path / "users.json").put(User(name="leo", role="lead"))
    assert list(users.all()) == ["ann", "leo"]


@pytest.mark.parametrize("name", ["", "-x", "a b", "a\nb", "<b>", "x" * 129])
def test_a_name_that_could_be_mistaken_is_refused(users: UsersFile, name: str) -> None:
    with pytest.raises(UsageError, match="no name of a user"):
        users.put(User(name=name))


def test_a_users_file_that_is_broken_is_told_with_its_path(users: UsersFile, tmp_path: Path) -> None:
    (tmp_path / "users.json").write_text("[{}]")
    with pytest.raises(UsageError, match=r"users\.json cannot be read: .*name"):
        users.find("ann")


def test_removing_nobody_is_told(users: UsersFile) -> None:
    with pytest.raises(UsageError, match="there is no user 'bob'"):
        users.remove("bob")


@pytest.mark.parametrize(
    ("role", "may"), [("agent", ["agent"]), ("lead", ["agent", "lead"]), ("admin", ["agent", "lead", "admin"])]
)
def test_a_role_has_the_rights_of_those_below(role: Role, may: list[str]) -> None:
    user = User(name="x", role=role)
    assert [one for one in ROLES if user.may(one)] == may


def test_only_an_admin_sees_other_teams() -> None:
    assert (ANN.sees("care"), ANN.sees("shop"), User(name="ida", role="admin").sees("shop")) == (True, False, True)


def test_a_session_is_of_the_user_as_the_file_has_them_now(users: UsersFile) -> None:
    sessions = DeskSessions(users, SECRET, HOURS)
    token = sessions.issue(ANN, NOW)
    users.put(User(name="ann", role="lead", password="hash"))
    found = sessions.user_of(token, NOW)
    assert found is not None
    assert found.role == "lead"


def test_a_session_ends_with_its_time_the_user_and_the_password(users: UsersFile) -> None:
    sessions = DeskSessions(users, SECRET, HOURS)
    token = sessions.issue(ANN, NOW)
    assert sessions.user_of(token, NOW + HOURS) == ANN
    assert sessions.user_of(token, NOW + HOURS + timedelta(seconds=1)) is None
    users.put(User(name="ann", password="another"))
    assert sessions.user_of(token, NOW) is None
    users.put(ANN)
    users.remove("ann")
    assert sessions.user_of(token, NOW) is None


def test_a_token_of_another_secret_or_use_does_not_count(users: UsersFile) -> None:
    sessions = DeskSessions(users, SECRET, HOURS)
    assert DeskSessions(users, SECRET + "2", HOURS).user_of(sessions.issue(ANN, NOW), NOW) is None
    assert sessions.user_of(sessions.issue(ANN, NOW, "link"), NOW) is None
    assert sessions.user_of(sessions.issue(ANN, NOW, "link"), NOW, "link") == ANN


@given(st.text())
def test_what_nobody_issued_is_nobodys_session(token: str) -> None:
    assert DeskSessions(UsersFile(Path("/nonexistent")), SECRET, HOURS).user_of(token, NOW) is None


def test_the_sixth_try_within_five_minutes_has_to_wait_for_the_first_to_pass() -> None:
    limit = SignInLimit()
    keys = ("address 10.0.0.1", "name ann")
    for minute in range(5):
        assert limit.wait_seconds(keys, NOW + timedelta(minutes=minute)) == 0
        limit.fail(keys, NOW + timedelta(minutes=minute))
    assert limit.wait_seconds(keys, NOW + timedelta(minutes=4)) == 60
    assert limit.wait_seconds(("address 10.0.0.2", "name ann"), NOW + timedelta(minutes=4)) == 60
    assert limit.wait_seconds(("address 10.0.0.2", "name leo"), NOW + timedelta(minutes=4)) == 0
    assert limit.wait_seconds(keys, NOW + timedelta(minutes=5)) == 0


def test_tries_of_ever_new_names_do_not_fill_the_memory() -> None:
    limit = SignInLimit()
    for number in range(20_000):
        limit.fail((f"name {number}",), NOW)
    assert len(limit) == 10_000


@pytest.mark.parametrize(
    ("peer", "name"),
    [("10.0.0.9", "ann"), ("10.0.0.8", None), ("::ffff:10.0.0.8", None), ("", None), ("not an address", None)],
)
def test_a_proxys_header_counts_from_its_address_alone(peer: str, name: str | None) -> None:
    proxy = AuthenticatingProxy("10.0.0.9", "X-User")
    assert proxy.name_in({"X-User": "ann"}, peer) == name
    assert proxy.name_in({}, peer) is None
