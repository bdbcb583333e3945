"""A lead tries a changed playbook in a real browser: dropped in or pasted, with and without script."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from desk.web.pages.try_rules import LONGEST_BYTES
from desk.web.security.body import LONGEST_BODY
from streams.retention_file import default_text
from tests.desk.judge_in_memory import ONLY_CALLS, TOO_SLOW
from tests.desk.looks import picture_everywhere
from tests.desk.people_of_a_shop import SCRIPT
from tests.desk.served import ServedDesk

pytestmark = [pytest.mark.servers, pytest.mark.takes(40)]

FAULTY = default_text().replace("capacity_per_day = 40", "capacity_per_day = -1").replace("cost = 6.0", "costs = 6.0")


@pytest.fixture
def page(desk: ServedDesk, browser: Browser) -> Iterator[Page]:
    """A lead's browser, at the rules."""
    desk.audit.records.clear()
    context = browser.new_context()
    one = context.new_page()
    one.set_default_timeout(15_000)
    one.goto(desk.link_of("leo"))
    one.goto(f"{desk.address}/rules")
    yield one
    context.close()


def _drop(page: Page, text: str) -> None:
    file = FilePayload(name="retention.toml", mimeType="application/toml", buffer=text.encode())
    page.get_by_label("choose it").set_input_files(file)
    page.get_by_role("button", name="Check and evaluate").click()


def _paste(page: Page, text: str) -> None:
    page.get_by_label("paste its text").fill(text)
    page.get_by_role("button", name="Check and evaluate").click()


def test_a_file_is_checked_compared_and_evaluated(desk: ServedDesk, page: Page) -> None:
    _drop(page, ONLY_CALLS)
    expect(page.get_by_role("heading", level=1)).to_have_text("A changed playbook")
    added = page.locator(".cards .card", has_text="Added")
    expect(added).to_contain_text("Rule 1 (calls): When ")
    expect(page.locator(".cards .card", has_text="Removed")).to_contain_text("Rule 1 (")
    expect(page.locator(".verdict").first).to_contain_text("it would have brought more than what was decided.")
    expect(page.locator(".verdict.learnt")).to_contain_text("Once it has learnt from as many outcomes, it brings €")
    expect(page.locator("#evaluation")).to_contain_text("in 95% of cases, however often you look")
    assert [(one.by, one.deed) for one in desk.audit.records if one.deed == "tried_rules"] == [("leo", "tried_rules")]


def test_what_is_pasted_and_changes_nothing_cannot_be_told_apart(page: Page) -> None:
    _paste(page, default_text())
    expect(page.locator("main")).to_contain_text("Nothing: it says the same as the playbook in force.")
    expect(page.locator(".verdict").first).to_contain_text("cannot tell yet")


def test_every_fault_is_a_line_and_the_text_stays(desk: ServedDesk, page: Page) -> None:
    _drop(page, FAULTY)
    expect(page.get_by_role("alert").locator("li")).to_have_count(3)
    alert = page.get_by_role("alert").inner_text()
    assert "actions.call.costs is no setting; did you mean cost?" in alert
    assert "actions.call.capacity_per_day is -1: Input should be greater than or equal to 0" in alert
    assert page.get_by_label("paste its text").input_value() == FAULTY
    assert [one.detail for one in desk.audit.records if one.deed == "tried_rules"] == ["3 faults"]
    page.get_by_label("paste its text").fill(ONLY_CALLS)
    page.get_by_role("button", name="Check and evaluate").click()
    expect(page.get_by_role("heading", name="What it changes")).to_be_visible()


def test_it_all_works_without_script(desk: ServedDesk, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(desk.link_of("leo"))
    page.goto(f"{desk.address}/rules")
    _drop(page, ONLY_CALLS)
    expect(page.locator(".verdict").first).to_contain_text("more than what was decided")
    context.close()


def test_an_evaluation_that_is_given_up_says_so(page: Page) -> None:
    _paste(page, default_text().replace("capacity_per_day = 40", TOO_SLOW))
    expect(page.locator("#evaluation .trouble")).to_have_text("It was given up after 60 seconds")


def test_nothing_of_a_file_becomes_a_script(page: Page) -> None:
    said: list[str] = []
    page.on("dialog", lambda dialog: said.append(dialog.message))
    hostile = SCRIPT.replace('"', "'")
    _paste(page, default_text().replace('says = "', f'says = "{hostile}</textarea>', 1))
    expect(page.get_by_role("heading", name="What it changes")).to_be_visible()
    expect(page.locator("main")).to_contain_text(hostile)
    _paste_again = f"{hostile}</textarea>"
    page.goto(page.url.partition("/rules")[0] + "/rules")
    _paste(page, _paste_again)
    expect(page.get_by_role("alert")).to_contain_text("not TOML")
    assert page.get_by_label("paste its text").input_value() == _paste_again
    assert page.locator("main script, main img, main [onerror]").count() == 0
    assert said == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Choose a file, or paste its text."),
        (b" \n\t", "Choose a file, or paste its text."),
        (b"#" * (LONGEST_BYTES + 1), "It has 262,145 bytes; a playbook has 262,144 at most."),
        (b"# caf\xe9", "Byte 6 is no UTF-8 text; save the file as UTF-8."),
        (b"[" * 100_000, "not TOML"),
        (b"rules = 7", "rules"),
    ],
)
def test_what_is_no_playbook_is_told_in_a_line(desk: ServedDesk, content: bytes, told: str) -> None:
    answer = _post(desk, "leo", content)
    assert answer.status_code == 422
    assert told in answer.text


def test_more_than_a_megabyte_is_refused_on_a_page(desk: ServedDesk) -> None:
    for content in (b"#" * LONGEST_BODY, b"#" * 5 * LONGEST_BODY):
        answer = _post(desk, "leo", content)
        assert answer.status_code == 413
        assert "One form takes a megabyte at most." in answer.text


def test_an_agent_tries_nothing_and_sees_no_trial(desk: ServedDesk, page: Page) -> None:
    _drop(page, ONLY_CALLS)
    expect(page.locator(".verdict").first).to_be_visible()
    assert _post(desk, "ann", ONLY_CALLS.encode()).status_code == 403
    assert "Try a changed playbook" not in httpx.get(f"{desk.address}/rules", headers=_as(desk, "ann")).text
    assert httpx.get(page.url, headers=_as(desk, "ann")).status_code == 403
    assert httpx.get(page.url, headers=_as(desk, "ida")).status_code == 404
    assert httpx.get(page.url, headers=_as(desk, "leo")).status_code == 200


def test_another_sites_page_tries_nothing(desk: ServedDesk) -> None:
    answer = httpx.post(
        f"{desk.address}/rules/try",
        files={"file": ("retention.toml", ONLY_CALLS)},
        headers={**_as(desk, "leo"), "Origin": "http://evil.example"},
    )
    assert answer.status_code == 403


def test_it_fits_every_width_and_axe_finds_nothing_serious(
    desk: ServedDesk, browser: Browser, pictures: Path, page: Page
) -> None:
    _drop(page, ONLY_CALLS.replace("cost = 6.0", "cost = 7.0"))
    expect(page.locator(".verdict").first).to_be_visible()
    assert picture_everywhere(browser, page.url, desk.link_of("leo"), pictures / "trial") == []


def _as(desk: ServedDesk, name: str) -> dict[str, str]:
    return {"Cookie": desk.cookie_of(name)}


def _post(desk: ServedDesk, name: str, content: bytes) -> httpx.Response:
    return httpx.post(
        f"{desk.address}/rules/try",
        files={"file": ("retention.toml", content)},
        headers={**_as(desk, name), "Origin": desk.address},
    )
