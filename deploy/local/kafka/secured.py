"""A second door to a local broker: encrypted, and only for those who say who they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_MODULES = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}


@dataclass(frozen=True, slots=True)
class Secured:
    """Who may come in by it.

    Attributes:
        certificate: The broker's private key (PKCS 8) and certificate, one after the other, PEM.
        users: Passwords by name; letters and digits only, since they are written into settings as they are.
    """

    certificate: Path
    users: Mapping[str, str]

    def properties(self) -> dict[str, str]:
        """Of a listener called SECURED."""
        known = "".join(f' user_{name}="{password}"' for name, password in self.users.items())
        door = "listener.name.secured."
        logins = {
            f"{door}{mechanism.lower()}.sasl.jaas.config": (
                f"{_MODULES[mechanism]} required{known if mechanism == 'PLAIN' else ''};"
            )
            for mechanism in MECHANISMS
        }
        return {
            f"{door}sasl.enabled.mechanisms": ",".join(MECHANISMS),
            f"{door}ssl.keystore.type": "PEM",
            f"{door}ssl.keystore.location": str(self.certificate),
            **logins,
        }

    def format_arguments(self) -> list[str]:
        """What the storage tool is told, so that SCRAM's users are there from the start."""
        return [
            argument
            for name, password in self.users.items()
            for mechanism in MECHANISMS[1:]
            for argument in ("--add-scram", f"{mechanism}=[name={name},password={password}]")
        ]
