"""`python -m deploy.chdb_server --port N --path DIR`: serve a folder as ClickHouse."""

import argparse
import os
import ssl
from contextlib import suppress
from pathlib import Path

from deploy.chdb_server.request import DEFAULT_ACCOUNT, Account
from deploy.chdb_server.server import serve

MEBIBYTE = 1024 * 1024

LESS_URGENT = 10
"""Of nice's levels: in a demonstration on one machine, tables may wait for a processor, scores and alerts may not."""


def main() -> None:
    """Read the arguments and serve until told to end."""
    parser = argparse.ArgumentParser(prog="python -m deploy.chdb_server", description=__doc__)
    parser.add_argument("--port", type=int, default=8123, help="port on 127.0.0.1 (8123)")
    parser.add_argument("--path", type=Path, required=True, help="folder of the data; made when it is not there")
    parser.add_argument("--user", help="the one user who may ask (default, with any password)")
    parser.add_argument("--password", default="", help="that user's password (empty)")
    parser.add_argument("--max-body-mebibytes", type=int, default=256, help="largest request body (256)")
    parser.add_argument("--less-urgent", action="store_true", help="let all else on this machine go first")
    parser.add_argument("--certificate", type=Path, help="serve https alone, with this certificate (PEM)")
    parser.add_argument("--key", type=Path, help="the certificate's key (PEM)")
    given = parser.parse_args()
    if given.less_urgent:
        _step_back()
    account = DEFAULT_ACCOUNT if given.user is None else Account(given.user, given.password)
    context = None
    if given.certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(given.certificate, given.key)
    serve(given.path, given.port, account, given.max_body_mebibytes * MEBIBYTE, context)


def _step_back() -> None:
    os.nice(LESS_URGENT)
    with suppress(OSError):  # where Linux shares the processor between sessions, nice counts only within one
        Path("/proc/self/autogroup").write_text(str(LESS_URGENT), encoding="ascii")


if __name__ == "__main__":
    main()
