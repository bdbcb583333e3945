"""Looks of a page: pictures at three widths in light and dark, and what axe finds."""

from pathlib import Path
from typing import Final, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

WIDTHS: Final = (390, 768, 1400)
_SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
_SERIOUS: Final = frozenset({"serious", "critical"})


def picture_everywhere(browser: Browser, address: str, link: str | None, file: Path) -> list[str]:
    """Take pictures of a page, and return in a line each what axe finds serious and where a page is too wide.

    Args:
        browser: Opens it.
        address: Of the page.
        link: Followed first, to sign in; None for nobody.
        file: Path of the pictures without the width, the scheme and the suffix.
    """
    context = browser.new_context(timezone_id="Europe/Berlin")
    page = context.new_page()
    if link is not None:
        page.goto(link)
    answer = page.goto(address)
    assert answer is not None
    assert answer.ok, answer.status
    troubles = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in _SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=f"{file}-{width}-{scheme}.png", full_page=True)
            troubles += [f"{width} {scheme}: {one}" for one in (*_wide(page), *_found(page, width))]
    context.close()
    return troubles


def _wide(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return ["wider than the window"] if wide else []


def _found(page: Page, width: int) -> list[str]:
    if width == WIDTHS[1]:  # what axe sees at the middle width, it sees at one of the others
        return []
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in _SERIOUS]
