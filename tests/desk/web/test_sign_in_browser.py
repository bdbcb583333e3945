"""Signing in and out in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.desk.looks import picture_everywhere
from tests.desk.served import PASSWORD, ServedDesk

pytestmark = [pytest.mark.servers, pytest.mark.takes(20)]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without cookies."""
    fresh = browser.new_context(timezone_id="Europe/Berlin")
    yield fresh
    fresh.close()


def test_a_name_and_its_password_open_the_page_that_was_asked_for(desk: ServedDesk, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{desk.address}/about?keys=1")
    page.get_by_label("Name").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_url(f"{desk.address}/about?keys=1")
    (cookie,) = [one for one in context.cookies() if one["name"] == "stayline_desk"]
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")


def test_signing_in_and_out_works_without_script(desk: ServedDesk, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(desk.link_of("ann"))
    page.locator("summary", has_text="ann").click()
    page.get_by_role("button", name="Sign out").click()

    expect(page).to_have_url(f"{desk.address}/sign-in")
    assert [one for one in context.cookies() if one["name"] == "stayline_desk"] == []
    context.close()


def test_a_wrong_password_is_told_and_the_name_kept(desk: ServedDesk, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{desk.address}/sign-in")
    page.get_by_label("Name").fill("leo")
    page.get_by_label("Password").fill("wrong horse battery staple")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_have_text("That name and password do not go together.")
    expect(page.get_by_label("Name")).to_have_value("leo")


def test_no_page_breaks_its_own_security_policy(desk: ServedDesk, context: BrowserContext) -> None:
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{desk.address}/sign-in")
    page.goto(desk.link_of("ann"))

    assert said == []


def test_the_sign_in_page_fits_every_width_and_axe_finds_nothing_serious(
    desk: ServedDesk, browser: Browser, pictures: Path
) -> None:
    assert picture_everywhere(browser, f"{desk.address}/sign-in", None, pictures / "sign-in") == []
