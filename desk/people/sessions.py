"""DeskSessions as signed cookies: nothing of them is stored, and a removed user or a new password ends them."""

import hashlib
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec
from itsdangerous import BadData, URLSafeSerializer

from desk.people.users import User, UsersFile

COOKIE: Final = "stayline_desk"

_FINGERPRINT_BYTES: Final = 8


class _Ticket(msgspec.Struct, frozen=True, array_like=True):
    name: str
    at: int
    password: str


class DeskSessions:
    """Issues tokens to those who have signed in, and tells whose a token is."""

    def __init__(self, users: UsersFile, secret: str, lasts: timedelta) -> None:
        """Keep what tokens are signed with.

        Args:
            users: Who may use the desk.
            secret: Known to this desk alone, or to all that share sessions.
            lasts: How long a person stays signed in.
        """
        self._users = users
        self._secret = secret
        self.lasts = lasts

    def issue(self, user: User, now: datetime, use: Literal["session", "link"] = "session") -> str:
        """Return a token for a user who has signed in, or for a link that signs in.

        Args:
            user: Whom it stands for.
            now: Present time.
            use: What it is good for; one is not taken for the other.
        """
        ticket = _Ticket(user.name, int(now.timestamp()), _fingerprint(user))
        return str(self._signer(use).dumps(msgspec.to_builtins(ticket)))

    def user_of(self, token: str, now: datetime, use: Literal["session", "link"] = "session") -> User | None:
        """Return whose a token is, as the users file has the person now; None where it does not count.

        Args:
            token: As it came from a browser.
            now: Present time.
            use: What it was issued for.

        Raises:
            UsageError: The users file cannot be read.
        """
        try:
            ticket = msgspec.convert(self._signer(use).loads(token), _Ticket)
        except (BadData, msgspec.ValidationError, ValueError):
            return None
        age = now.timestamp() - ticket.at
        user = self._users.find(ticket.name)
        if user is None or ticket.password != _fingerprint(user) or age > self.lasts.total_seconds():
            return None
        return user

    def _signer(self, use: str) -> URLSafeSerializer:
        return URLSafeSerializer(
            self._secret, salt=f"stayline-desk-{use}", signer_kwargs={"digest_method": hashlib.sha256}
        )


def _fingerprint(user: User) -> str:
    """Return what changes with the password and tells nothing of it."""
    return hashlib.blake2b(user.password.encode(), digest_size=_FINGERPRINT_BYTES).hexdigest()
