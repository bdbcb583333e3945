"""A second listener of a local broker: encrypted, and only for users with a password."""

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
    """Certificate and users of the second listener.

    Attributes:
        certificate: The broker's private key (PKCS 8) and certificate, one after the other, PEM.
        users: Passwords by name; letters and digits only, since they are written into settings as they are.
    """

    certificate: Path
    users: Mapping[str, str]

    def properties(self) -> dict[str, str]:
        """Return the settings of a listener called SECURED."""
        known = "".join(f' user_{name}="{password}"' for name, password in self.users.items())
        prefix = "listener.name.secured."
        logins = {
            f"{prefix}{mechanism.lower()}.sasl.jaas.config": (
                f"{_MODULES[mechanism]} required{known if mechanism == 'PLAIN' else ''};"
            )
            for mechanism in MECHANISMS
        }
        return {
            f"{prefix}sasl.enabled.mechanisms": ",".join(MECHANISMS),
            f"{prefix}ssl.keystore.type": "PEM",
            f"{prefix}ssl.keystore.location": str(self.certificate),
            **logins,
        }

    def format_arguments(self) -> list[str]:
        """Return the storage tool's arguments that make SCRAM's users from the start."""
        return [
            argument
            for name, password in self.users.items()
            for mechanism in MECHANISMS[1:]
            for argument in ("--add-scram", f"{mechanism}=[name={name},password={password}]")
        ]
