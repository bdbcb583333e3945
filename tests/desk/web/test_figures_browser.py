"""The pages about all customers: what acting brought, the rules, segments and their export."""

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import httpx
import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from desk.web.pages.effects import risk_trust, should_stop
from tests.desk.figures import FIGURES
from tests.desk.looks import picture_everywhere
from tests.desk.people_of_a_shop import SCRIPT
from tests.desk.served import ServedDesk

pytestmark = [pytest.mark.servers, pytest.mark.takes(30)]


@pytest.fixture
def page(desk: ServedDesk, browser: Browser) -> Iterator[Page]:
    """A lead's browser."""
    context = browser.new_context()
    one = context.new_page()
    one.set_default_timeout(10_000)
    one.goto(desk.link_of("leo"))
    yield one
    context.close()


def test_an_action_that_harms_is_to_be_stopped_and_comes_first(desk: ServedDesk, page: Page) -> None:
    page.goto(f"{desk.address}/effects")
    expect(page.locator(".say")).to_contain_text("Coupon harms")
    assert [one.action for one in FIGURES.effects if should_stop(one)] == ["coupon"]


def test_effects_have_both_intervals_and_a_verdict_in_words(desk: ServedDesk, page: Page) -> None:
    page.goto(f"{desk.address}/effects")
    row = page.get_by_role("region", name="Effect of each action").locator("tbody tr").first
    expect(row).to_contain_text("€8.50 to €16.30")
    expect(row).to_contain_text("€10.30 to €14.50")
    expect(row).to_contain_text("helps")


@pytest.mark.parametrize(
    ("section", "figures"), [("Over time", 2), ("Gain by depth", 2), ("Can the risks be trusted?", 2)]
)
def test_a_plot_says_its_figures_to_those_who_do_not_see_it(
    desk: ServedDesk, page: Page, section: str, figures: int
) -> None:
    page.goto(f"{desk.address}/effects")
    own = page.locator("section", has=page.get_by_role("heading", name=section, exact=True))
    expect(own.get_by_role("img")).to_have_count(figures)
    own.get_by_text("s a table").first.click()
    expect(own.locator("table").first).to_be_visible()


def test_the_gain_of_a_depth_is_plotted_with_its_band(desk: ServedDesk, page: Page) -> None:
    page.goto(f"{desk.address}/effects")
    plot = page.get_by_role("img", name="Call, 0%: ")
    expect(plot).to_have_accessible_name("Call, 0%: €0 (€0 to €0); 100%: €3,000 (€1,600 to €4,400)")
    expect(plot.locator("polygon.band")).to_have_count(1)


def test_trust_weighs_days_by_their_answers() -> None:
    few, many = (
        msgspec.structs.replace(FIGURES.days[0], labels=n, calibration_error=e) for n, e in ((1, 0.5), (999, 0.0))
    )
    trust = risk_trust([few, many])
    assert trust is not None
    assert trust.answers == 1000
    assert trust.verdict.startswith("Risks can be taken at their word")
    assert risk_trust([]) is None


def test_rules_are_sentences_beside_how_often_they_decided(desk: ServedDesk, page: Page) -> None:
    page.goto(f"{desk.address}/rules")
    expect(page.locator(".sentences").first).to_have_text(
        "Rule 1 (complaint_first): When a complaint is open, then call."
    )
    expect(page.locator("tbody tr").first).to_contain_text("2,630")


def test_a_group_leads_to_its_customers_page_by_page(desk: ServedDesk, page: Page) -> None:
    page.goto(f"{desk.address}/segments")
    page.get_by_role("link", name="keep at all costs").click()
    expect(page.locator(".people tbody tr")).to_have_count(50)
    page.get_by_role("link", name="Next").click()
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".people tbody tr")).to_have_count(20)
    expect(page.get_by_role("link", name="Next")).to_have_count(0)


def test_an_export_is_recorded_and_holds_no_formula(desk: ServedDesk) -> None:
    desk.audit.records.clear()
    answer = httpx.get(f"{desk.address}/segments.csv?segment=win_back", headers={"Cookie": desk.cookie_of("leo")})
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert (len(rows), rows[3]["customer_id"], rows[4]["customer_id"]) == (120, "'=cmd|3", SCRIPT)
    assert [(one.by, one.deed, one.detail) for one in desk.audit.records] == [("leo", "exported", "segment win back")]


@pytest.mark.parametrize("path", ["/segments", "/segments.csv?segment=win_back"])
def test_an_agent_neither_lists_nor_exports(desk: ServedDesk, path: str) -> None:
    answer = httpx.get(f"{desk.address}{path}", headers={"Cookie": desk.cookie_of("ann")})
    assert answer.status_code == 403
    assert "c-4711" not in answer.text


@pytest.mark.parametrize("path", ["/effects", "/rules", "/segments?reason=x"])
def test_nothing_that_anybody_named_becomes_a_script(desk: ServedDesk, page: Page, path: str) -> None:
    page.goto(f"{desk.address}{path}")
    assert page.locator("main script, main img, main [onerror]").count() == 0


@pytest.mark.parametrize(
    ("name", "path"), [("effects", "/effects"), ("rules", "/rules"), ("segments", "/segments?segment=win_back")]
)
def test_it_fits_every_width_and_axe_finds_nothing_serious(
    desk: ServedDesk, browser: Browser, pictures: Path, name: str, path: str
) -> None:
    assert picture_everywhere(browser, f"{desk.address}{path}", desk.link_of("leo"), pictures / name) == []
