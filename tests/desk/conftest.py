"""A desk for all tests of a module, and the browser that looks at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.desk.served import AuditList, ServedDesk, make_parts, served
from tests.kit.debian_packages import require_library, require_program


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDesk]:
    """A desk whose audit trail is a list."""
    audit = AuditList()
    with served(make_parts(tmp_path_factory.mktemp("desk"), audit), audit) as one:
        yield one


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    program = require_program("chromium", "chromium")
    require_library("libatomic.so.1", "libatomic1")  # of Playwright's driver
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        try:
            yield chromium
        finally:
            chromium.close()


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Folder of the screenshots."""
    folder = Path(__file__).parents[2] / "build" / "desk"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
