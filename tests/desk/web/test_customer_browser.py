"""The page of a customer in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.desk.looks import picture_everywhere
from tests.desk.people_of_a_shop import SCRIPT
from tests.desk.served import ServedDesk

pytestmark = [pytest.mark.servers, pytest.mark.takes(20)]


@pytest.fixture
def page(desk: ServedDesk, browser: Browser) -> Iterator[Page]:
    """A page of ann's browser, in Berlin."""
    context = browser.new_context(timezone_id="Europe/Berlin", locale="de-DE")
    one = context.new_page()
    one.set_default_timeout(10_000)
    one.goto(desk.link_of("ann"))
    yield one
    context.close()


def test_what_to_say_is_in_the_first_screen_of_a_phone(desk: ServedDesk, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{desk.address}/customer?id=c-4711")
    for words in ("Open complaint about delivery", "Call, and settle what is open", "What changed"):
        place = page.get_by_text(words).first.bounding_box()
        assert place is not None
        assert place["y"] + place["height"] < 844


def test_times_are_in_the_readers_zone_and_money_by_locale(desk: ServedDesk, page: Page) -> None:
    page.goto(f"{desk.address}/customer?id=c-4711")
    expect(page.locator("html")).to_have_attribute("data-zone", "Europe/Berlin")
    assert "1.895\N{NO-BREAK SPACE}€" in page.locator("dl.headlines").inner_text()


def test_the_timeline_is_filtered_in_place_and_grows_on_demand(desk: ServedDesk, page: Page) -> None:
    page.goto(f"{desk.address}/customer?id=c-4711")
    expect(page.locator(".entry")).to_have_count(30)
    page.get_by_role("link", name="Older").click()
    expect(page.locator(".entry")).to_have_count(60)
    page.get_by_role("link", name="returns", exact=True).click()
    expect(page.locator(".entry")).to_have_count(10)
    expect(page.locator(".entry.return")).to_have_count(10)


def test_it_works_without_script(desk: ServedDesk, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(desk.link_of("ann"))
    page.goto(f"{desk.address}/customer?id=c-4711")
    page.get_by_role("link", name="returns", exact=True).click()
    expect(page.locator(".entry.return")).to_have_count(10)
    context.close()


def test_a_customer_is_found_by_keyboard_alone(desk: ServedDesk, page: Page) -> None:
    page.goto(f"{desk.address}/about")
    page.keyboard.press("/")
    page.keyboard.type("c-47")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ids that begin with c-47")
    page.keyboard.press("/")
    page.keyboard.type("c-4712")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("c-4712")


def test_every_look_and_every_search_is_recorded(desk: ServedDesk, page: Page) -> None:
    desk.audit.records.clear()
    page.goto(f"{desk.address}/customer?id=c-4711")
    page.goto(f"{desk.address}/customer?id=nobody")
    page.goto(f"{desk.address}/find?q=c-47")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    seen = [(record.by, record.deed, record.customer_id, record.detail) for record in desk.audit.records]
    assert seen == [
        ("ann", "looked_at_customer", "c-4711", ""),
        ("ann", "looked_at_customer", "nobody", ""),
        ("ann", "searched", "", "c-47"),
    ]


def test_nothing_that_anybody_typed_becomes_a_script(desk: ServedDesk, page: Page) -> None:
    said: list[str] = []
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{desk.address}/customer?id={quote(SCRIPT)}")
    assert page.get_by_role("heading", level=1).inner_text() == SCRIPT
    assert page.locator("main script, main img, main [onerror]").count() == 0
    assert said == []


@pytest.mark.parametrize(("name", "address"), [("customer", "/customer?id=c-4711"), ("about", "/about")])
def test_it_fits_every_width_and_axe_finds_nothing_serious(
    desk: ServedDesk, browser: Browser, pictures: Path, name: str, address: str
) -> None:
    assert picture_everywhere(browser, f"{desk.address}{address}", desk.link_of("ann"), pictures / name) == []
