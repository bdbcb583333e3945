"""Settings of the desk; everything that it shows comes from elsewhere."""

from pathlib import Path

from pydantic import Field, FilePath, IPvAnyAddress, SecretStr

from schemas.settings.section import Positive, Section


class DeskSettings(Section):
    """Settings of the desk, the web page of those who keep customers."""

    host: str = Field("127.0.0.1", description="Address that the pages are served on.")
    port: int = Field(8090, ge=0, le=65535, description="Port of the pages.")
    users_file: Path = Field(Path("desk-users.json"), description="Users, as `stayline desk user` writes them.")
    secret: SecretStr | None = Field(
        None, min_length=32, description="Signs sessions; unset, a new one at each start, and all sign in again."
    )
    secret_file: FilePath | None = Field(None, description="A file that holds it instead.")
    session_hours: Positive = Field(12.0, le=720, description="A person stays signed in for so long.")
    claim_minutes: Positive = Field(30.0, le=1440, description="A claim ends by itself after this, unless renewed.")
    open_pages: int = Field(
        1_000, ge=1, le=100_000, description="So many open pages are told what changes; further ones are refused it."
    )
    public_address: str | None = Field(
        None, pattern="^https?://[^/]+$", description="Address in the browser, behind a proxy that changes Host."
    )
    proxy_address: IPvAnyAddress | None = Field(
        None, description="Address of a proxy that authenticates; its header counts from there alone."
    )
    proxy_header: str = Field("X-Forwarded-User", pattern="^[A-Za-z0-9-]+$", description="Its header with the name.")
    trial_decisions: int = Field(
        20_000,
        ge=200,
        le=1_000_000,
        description="A changed playbook is evaluated on so many settled decisions, the latest.",
    )
    trial_seconds: Positive = Field(60.0, le=3600, description="Its evaluation is given up after this.")
    sign_in_links: bool = Field(default=False, description="Accept signed links that sign in, as the demo prints one.")
