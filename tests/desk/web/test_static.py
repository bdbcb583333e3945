"""Files of others that the desk serves are those that they released."""

import hashlib

from desk.web.drawing.render import read_static

HTMX = "22283ef68cb7545914f0a88a1bdedc7256a703d1d580c1d255217d0a50d31313"
"""SHA-256 of dist/htmx.min.js of htmx.org 2.0.8 in the npm registry."""


def test_htmx_is_the_released_file() -> None:
    content = read_static("htmx.min.js")
    assert hashlib.sha256(content).hexdigest() == HTMX
    assert b'version:"2.0.8"' in content


def test_our_script_has_nothing_that_its_policy_forbids() -> None:
    script = read_static("desk.js").decode()
    assert "eval(" not in script
    assert "innerHTML" not in script
