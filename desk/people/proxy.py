"""Names that a proxy has authenticated: taken from its header, and from its address alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address


@dataclass(frozen=True, slots=True)
class AuthenticatingProxy:
    """Proxy in front of the desk that tells who somebody is.

    Attributes:
        address: Its IP address, as the desk sees it.
        header: Header with the person's name; the proxy must remove it from what browsers send.
    """

    address: str
    header: str

    def name_in(self, headers: Mapping[str, str], peer: str) -> str | None:
        """Return the name of the person; None where the request does not come from the proxy, or names nobody.

        Args:
            headers: Of the request, by any case of their names.
            peer: Address at the other end of the connection.
        """
        if not _is_same(peer, self.address):
            return None
        return headers.get(self.header) or None


def _is_same(one: str, other: str) -> bool:
    try:
        return ip_address(one) == ip_address(other)
    except ValueError:
        return False
