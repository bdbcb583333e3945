"""The demo's desk: settings of its process, and a link that signs somebody in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Final

from deploy.local.ports import reserve_port
from desk.people.sessions import DeskSessions
from desk.people.users import User, UsersFile

_USUAL_PORT: Final = 8090
_SECRET_BYTES: Final = 32
_LASTS: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class DemoDesk:
    """A desk whose only user sees all teams.

    Attributes:
        port: Port of its pages.
        users_file: Its users.
        secret: Signs its sessions.
    """

    port: int
    users_file: Path
    secret: str

    @property
    def environment(self) -> dict[str, str]:
        """``STAYLINE_`` variables of its process."""
        return {
            "STAYLINE_DESK__PORT": str(self.port),
            "STAYLINE_DESK__USERS_FILE": str(self.users_file),
            "STAYLINE_DESK__SECRET": self.secret,
            "STAYLINE_DESK__SESSION_HOURS": str(_LASTS // timedelta(hours=1)),
            "STAYLINE_DESK__SIGN_IN_LINKS": "true",
        }

    def link(self) -> str:
        """Add the user, and return the address that signs them in."""
        users, user = UsersFile(self.users_file), User(name="demo", role="admin")
        users.put(user)
        token = DeskSessions(users, self.secret, _LASTS).issue(user, datetime.now(UTC), "link")
        return f"http://127.0.0.1:{self.port}/sign-in/{token}"


def demo_desk(folder: Path) -> DemoDesk:
    """Return a desk on its usual port where that is free.

    Args:
        folder: Gets its users.
    """
    return DemoDesk(reserve_port(_USUAL_PORT), folder / "desk-users.json", token_urlsafe(_SECRET_BYTES))
