"""Users of the desk, with roles and teams, in a file that only its owner may read."""

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from schemas.errors import UsageError

Role = Literal["agent", "lead", "admin"]

_RANK: Final[Mapping[Role, int]] = {"agent": 0, "lead": 1, "admin": 2}
_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$"


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Person who may use the desk.

    Attributes:
        name: Unique name; it stands as ``by`` in what the person writes.
        role: Rights: an agent sees customers and decisions of the own teams, a lead also lists and exports, an admin
            all teams.
        teams: Teams of the playbook whose decisions the person sees.
        password: Hash of the password; empty for a person who signs in through a proxy.
    """

    name: Annotated[str, msgspec.Meta(pattern=_NAME)]
    role: Role = "agent"
    teams: tuple[str, ...] = ()
    password: str = ""

    def may(self, role: Role) -> bool:
        """Return True if the person has a role's rights."""
        return _RANK[self.role] >= _RANK[role]

    def sees(self, team: str) -> bool:
        """Return True if the person may see and change a team's decisions."""
        return self.role == "admin" or team in self.teams


class UsersFile:
    """Users by name; a change of the file counts from the next look on."""

    def __init__(self, path: Path) -> None:
        """Read nothing yet.

        Args:
            path: A JSON file; nobody may sign in where it does not exist.
        """
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._users: dict[str, User] = {}

    def find(self, name: str) -> User | None:
        """Return a user, or None where there is none of that name.

        Raises:
            UsageError: The file cannot be read.
        """
        return self.all().get(name)

    def all(self) -> Mapping[str, User]:
        """Return all users by name.

        Raises:
            UsageError: The file cannot be read.
        """
        seen = self._version()
        if seen != self._seen:
            self._users = self._read() if seen else {}
            self._seen = seen
        return self._users

    def put(self, user: User) -> None:
        """Add a user, or replace the one of that name.

        Raises:
            UsageError: The file cannot be written, or the name cannot be used.
        """
        try:
            msgspec.convert(msgspec.to_builtins(user), User)
        except msgspec.ValidationError:
            raise UsageError(
                f"{user.name!r} is no name of a user: 1 to 128 letters, digits or . _ @ + -, a letter or digit first"
            ) from None
        self._change(lambda users: users.__setitem__(user.name, user))

    def remove(self, name: str) -> None:
        """Remove a user, whose sessions end with it.

        Raises:
            UsageError: There is none of that name, or the file cannot be written.
        """
        if self.find(name) is None:
            raise UsageError(f"there is no user {name!r} in {self._path}")
        self._change(lambda users: users.pop(name, None))

    def _version(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UsageError(f"users file {self._path} cannot be read: {error.strerror}") from None
        return found.st_mtime_ns, found.st_ino, found.st_size

    def _read(self) -> dict[str, User]:
        try:
            users = msgspec.json.decode(self._path.read_bytes(), type=list[User])
        except OSError as error:
            raise UsageError(f"users file {self._path} cannot be read: {error.strerror}") from None
        except msgspec.DecodeError as error:
            raise UsageError(f"users file {self._path} cannot be read: {error}") from None
        return {user.name: user for user in users}

    def _change(self, change: Callable[[dict[str, User]], object]) -> None:
        """Write the changed users to a new file, which then takes the place of the old one."""
        try:
            with self._locked():
                users = dict(self._read()) if self._path.exists() else {}
                change(users)
                new = self._path.with_name(f"{self._path.name}.new")
                text = msgspec.json.format(msgspec.json.encode(sorted(users.values(), key=lambda user: user.name)))
                with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                    file.write(text + b"\n")
                    file.flush()
                    os.fsync(file.fileno())
                new.replace(self._path)
        except OSError as error:
            raise UsageError(f"users file {self._path} cannot be written: {error.strerror}") from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = os.open(self._path.with_name(f"{self._path.name}.lock"), os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
