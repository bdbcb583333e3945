"""The local ClickHouse as a process of its own."""

import ssl
import sys
import urllib.error
import urllib.request
from pathlib import Path

import deploy
from deploy.local.ports import reserve_port
from deploy.local.process import ServerProcess
from deploy.local.server import Progress, Server, quiet

START_SECONDS = 180


class ClickHouse(Server):
    """ClickHouse's engine behind HTTP on a free port of 127.0.0.1.

    Args:
        folder: Where data and log go; one that was used before still has its data.
        user: The only user; no password is asked for when not given.
        password: That user's password.
        certificate: Its certificate and the certificate's key, PEM; it then answers on https alone.
        body_limit_mebibytes: Largest request body, decompressed.
        less_urgent: Let all else on this machine go first.
        usual_port: Taken where it is free.
        progress: Told what is being done.
    """

    def __init__(
        self,
        folder: Path,
        *,
        user: str | None = None,
        password: str = "",
        certificate: tuple[Path, Path] | None = None,
        body_limit_mebibytes: int = 256,
        less_urgent: bool = False,
        usual_port: int | None = None,
        progress: Progress = quiet,
    ) -> None:
        self._progress = progress
        self.port = reserve_port(usual_port)
        self._certificate = certificate
        self.url = f"{'http' if certificate is None else 'https'}://127.0.0.1:{self.port}"
        """Its address."""
        command = [sys.executable, "-m", "deploy.chdb_server"]
        command += ["--port", str(self.port), "--path", str(folder / "clickhouse")]
        command += ["--max-body-mebibytes", str(body_limit_mebibytes)]
        if less_urgent:
            command += ["--less-urgent"]
        if user is not None:
            command += ["--user", user, "--password", password]
        if certificate is not None:
            command += ["--certificate", str(certificate[0]), "--key", str(certificate[1])]
        # Found wherever this command was started from.
        packages = {"PYTHONPATH": str(Path(deploy.__path__[0]).parent)}
        self._server = ServerProcess("ClickHouse", command, folder / "clickhouse.log", packages)

    @property
    def exit_code(self) -> int | None:
        """Exit code of the server; None while it runs."""
        return self._server.exit_code

    @property
    def process_id(self) -> int | None:
        """Its process id; None while it does not run."""
        return self._server.process_id

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            LocalServerError: It did not come up.
        """
        self._progress("starting ClickHouse (chDB)")
        self._server.start()
        self._server.wait_until(self._answers, START_SECONDS)

    def stop(self, seconds: float = 10) -> None:
        """Stop the server; its data stays.

        Args:
            seconds: how long it may take to end by itself.
        """
        self._server.stop(seconds)

    def kill(self) -> None:
        """End the server at once (SIGKILL)."""
        self._server.kill()

    def pause(self) -> None:
        """Stop the server in its tracks (SIGSTOP), and return when it stands."""
        self._server.pause()

    def resume(self) -> None:
        """Let a paused server go on."""
        self._server.resume()

    def why_ended(self) -> str | None:
        """Say in one line how the server ended; None while it runs, or before it was started."""
        return self._server.why_ended()

    def _answers(self) -> bool:
        try:
            known = None if self._certificate is None else ssl.create_default_context(cafile=self._certificate[0])
            with urllib.request.urlopen(f"{self.url}/?query=SELECT%201", timeout=20, context=known) as answer:  # noqa: S310 -- our own
                return bool(answer.status == 200)  # noqa: PLR2004
        except urllib.error.HTTPError:
            return True  # it answers, to those who may ask
        except OSError:
            return False
