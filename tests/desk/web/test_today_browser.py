"""The queue in a real browser: claiming, finishing, arrivals, two people at once, keys alone, no script."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from schemas.events.action_events import ActionTaken
from tests.desk.looks import picture_everywhere
from tests.desk.memory_board import MemoryBoard
from tests.desk.people_of_a_shop import SCRIPT, decision_for
from tests.desk.served import AuditList, ServedDesk, make_parts, served

pytestmark = [pytest.mark.servers, pytest.mark.takes(40)]


@pytest.fixture(scope="module")
def board() -> MemoryBoard:
    """The board, which every test begins anew."""
    return MemoryBoard()


@pytest.fixture(scope="module")
def desk(board: MemoryBoard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDesk]:
    """A desk with that board."""
    audit = AuditList()
    with served(make_parts(tmp_path_factory.mktemp("desk"), audit, board=board), audit) as one:
        yield one


@pytest.fixture(autouse=True)
def three_to_do(board: MemoryBoard) -> None:
    """Three decisions of ann's team, and one of another."""
    board.is_away = False
    board.published.clear()
    gains = {"c-4711": 46.0, "c-4712": 31.0, "c-4713": 12.0}
    board.restart(*(decision_for(name, gain=gain) for name, gain in gains.items()), decision_for("c-9", "shop"))


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without cookies."""
    fresh = browser.new_context(timezone_id="Europe/Berlin")
    fresh.set_default_timeout(10_000)
    yield fresh
    fresh.close()


@pytest.fixture
def page(desk: ServedDesk, context: BrowserContext) -> Page:
    """Ann's queue."""
    return _open(context, desk, "ann")


def _open(context: BrowserContext, desk: ServedDesk, name: str) -> Page:
    page = context.new_page()
    page.goto(desk.link_of(name))
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    return page


def _row(page: Page, customer: str) -> Locator:
    return page.locator(f"#d-d-{customer}")


def _results(board: MemoryBoard) -> list[tuple[str, str, str]]:
    actions = [one for one in board.published.values() if isinstance(one, ActionTaken)]
    return [(one.by, one.decision_id or "", one.result) for one in actions]


def test_the_queue_of_the_own_team_has_the_greatest_gain_first(page: Page) -> None:
    assert page.locator("#queue a.open").all_inner_texts() == ["c-4711", "c-4712", "c-4713"]
    expect(page.locator(".tally")).to_contain_text("0 of 3 done")


def test_claiming_shows_at_once_and_moves_nothing(page: Page, board: MemoryBoard) -> None:
    below = _row(page, "c-4712").bounding_box()
    _row(page, "c-4711").get_by_role("button", name="Claim").click()
    expect(_row(page, "c-4711").locator(".state")).to_contain_text("yours until")
    assert _row(page, "c-4712").bounding_box() == below
    assert _results(board) == [("ann", "d-c-4711", "claimed")]


def test_it_is_finished_with_a_result_and_a_note(page: Page, board: MemoryBoard) -> None:
    row = _row(page, "c-4711")
    row.locator("summary", has_text="Done").click()
    row.get_by_label("accepted").check()
    row.get_by_label("Note").first.fill("Will come back in spring.")
    row.get_by_role("button", name="Finish").click()
    expect(row.locator(".state")).to_have_text("accepted by ann: Will come back in spring.")
    assert _results(board) == [("ann", "d-c-4711", "accepted")]
    page.reload()
    assert page.locator("#queue a.open").all_inner_texts() == ["c-4712", "c-4713"]
    expect(page.locator(".tally")).to_contain_text("1 of 3 done, 1 by you")


def test_what_is_snoozed_waits_below_until_then(page: Page) -> None:
    row = _row(page, "c-4712")
    row.locator("summary", has_text="Snooze").click()
    row.get_by_label("Until").select_option(label="in 3 h")
    row.get_by_role("button", name="Snooze").click()
    expect(row.locator(".state")).to_contain_text("comes back")
    page.reload()
    expect(page.locator(".waiting > summary")).to_have_text("1 put off or to be tried again")


def test_who_did_not_answer_comes_back(page: Page) -> None:
    _row(page, "c-4713").get_by_role("button", name="No answer").click()
    expect(_row(page, "c-4713").locator(".state")).to_contain_text("comes back")
    expect(_row(page, "c-4713")).to_contain_text("no answer 1 time")


def test_dismissing_asks_for_a_reason(page: Page, board: MemoryBoard) -> None:
    row = _row(page, "c-4713")
    row.locator("summary", has_text="Dismiss").click()
    row.get_by_role("button", name="Dismiss").click()
    assert _results(board) == []
    row.get_by_label("Why?").fill("Moved abroad.")
    row.get_by_role("button", name="Dismiss").click()
    expect(row.locator(".state")).to_have_text("dismissed by ann: Moved abroad.")


def test_two_people_see_each_other(desk: ServedDesk, page: Page, browser: Browser) -> None:
    other = browser.new_context()
    leo = _open(other, desk, "leo")
    _row(page, "c-4711").get_by_role("button", name="Claim").click()
    expect(_row(leo, "c-4711").locator(".state")).to_contain_text("ann has it")
    expect(_row(leo, "c-4711").get_by_role("button", name="Claim")).to_have_count(0)
    other.close()


def test_a_new_one_arrives_by_itself_at_the_end(page: Page, board: MemoryBoard) -> None:
    first = _row(page, "c-4711").bounding_box()
    board.arrive(decision_for("c-5000", gain=400.0))
    board.arrive(decision_for("c-5001", "shop"))
    expect(page.locator("#new a.open")).to_have_text("c-5000")
    expect(page.get_by_role("status")).to_have_text("1 just in, at the end of the list")
    assert _row(page, "c-4711").bounding_box() == first
    _row(page, "c-5000").get_by_role("button", name="Claim").click()
    expect(_row(page, "c-5000").locator(".state")).to_contain_text("yours until")


def test_after_the_desk_was_away_the_page_has_what_it_missed(page: Page, board: MemoryBoard) -> None:
    board.restart(decision_for("c-4711"), decision_for("c-4712"), decision_for("c-6000"))
    expect(page.locator("#new a.open")).to_have_text("c-6000")
    expect(_row(page, "c-4713").locator(".state")).to_contain_text("This is over")


def test_what_was_typed_survives_a_change_by_somebody_else(desk: ServedDesk, page: Page, browser: Browser) -> None:
    row = _row(page, "c-4711")
    row.locator("summary", has_text="Escalate").click()
    row.get_by_label("What should").fill("They want their")
    other = browser.new_context()
    _row(_open(other, desk, "leo"), "c-4711").get_by_role("button", name="Claim").click()
    expect(row.locator(".state")).to_contain_text("leo has it")
    expect(row.get_by_label("What should")).to_have_value("They want their")
    other.close()


def test_while_kafka_is_away_nothing_typed_is_lost(page: Page, board: MemoryBoard) -> None:
    board.is_away = True
    row = _row(page, "c-4711")
    row.locator("summary", has_text="Done").click()
    row.get_by_label("refused by the customer").check()
    row.get_by_label("Note").first.fill("Too dear.")
    row.get_by_role("button", name="Finish").click()
    expect(row.get_by_role("alert")).to_contain_text("Not taken yet, and kept here")
    expect(row.get_by_label("Note").first).to_have_value("Too dear.")
    board.is_away = False
    row.get_by_role("button", name="Finish").click()
    expect(row.locator(".state")).to_have_text("refused by ann: Too dear.")


def test_keys_alone_do_it_all(desk: ServedDesk, page: Page, board: MemoryBoard) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(_row(page, "c-4712")).to_be_focused()
    page.keyboard.press("c")
    expect(_row(page, "c-4712").locator(".state")).to_contain_text("yours until")
    expect(_row(page, "c-4712")).to_be_focused()
    page.keyboard.press("d")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(_row(page, "c-4712").locator(".state")).to_have_text("done by ann")
    page.keyboard.press("k")
    page.keyboard.press("s")
    page.keyboard.press("Escape")
    expect(_row(page, "c-4711")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{desk.address}/customer?id=c-4711")
    assert _results(board) == [("ann", "d-c-4712", "claimed"), ("ann", "d-c-4712", "done")]


def test_keys_go_on_from_the_row_that_was_answered(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Snooze", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(_row(page, "c-4712").locator(".state")).to_contain_text("comes back")
    expect(_row(page, "c-4712")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    expect(_row(page, "c-4713")).to_be_focused()


def test_it_all_works_without_script(desk: ServedDesk, browser: Browser, board: MemoryBoard) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(desk.link_of("ann"))
    _row(page, "c-4711").get_by_role("button", name="Claim").click()
    expect(_row(page, "c-4711").locator(".state")).to_contain_text("yours until")
    _row(page, "c-4711").locator("summary", has_text="Done").click()
    _row(page, "c-4711").get_by_label("could not be done").check()
    _row(page, "c-4711").get_by_role("button", name="Finish").click()
    expect(page.locator("#queue a.open")).to_have_text(["c-4712", "c-4713"])
    board.is_away = True
    _row(page, "c-4712").locator("summary", has_text="Dismiss").click()
    _row(page, "c-4712").get_by_label("Why?").fill("Moved abroad.")
    _row(page, "c-4712").get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("alert")).to_contain_text("kept here")
    expect(page.get_by_label("Why?")).to_have_value("Moved abroad.")
    context.close()


def test_a_judgement_shows_at_once(desk: ServedDesk, page: Page, board: MemoryBoard) -> None:
    page.goto(f"{desk.address}/customer?id=c-4711")
    page.get_by_label("annoyed").check()
    page.get_by_label("probably").check()
    page.locator("#judge textarea").fill("Wants to hear from the manager.")
    page.get_by_role("button", name="Record").click()
    expect(page.locator(".entry.judgement").first).to_contain_text("Wants to hear from the manager.")
    (judgement,) = board.published.values()
    assert (judgement.type, judgement.by, judgement.customer_id) == ("judgement", "ann", "c-4711")


def test_the_customer_can_be_claimed_on_their_page(desk: ServedDesk, page: Page) -> None:
    page.goto(f"{desk.address}/customer?id=c-4711")
    page.get_by_role("button", name="Claim").click()
    expect(page.locator(".state")).to_contain_text("yours until")


def test_nothing_that_anybody_typed_becomes_a_script(desk: ServedDesk, page: Page, board: MemoryBoard) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    board.restart(decision_for(SCRIPT, text=SCRIPT))
    page.goto(f"{desk.address}/")
    row = page.locator(".row")
    row.locator("summary", has_text="Done").click()
    row.get_by_label("accepted").check()
    row.get_by_label("Note").first.fill(SCRIPT)
    row.get_by_role("button", name="Finish").click()
    expect(row.locator(".state")).to_contain_text(SCRIPT)
    page.goto(f"{desk.address}/row?id={quote(f'd-{SCRIPT}')}")
    assert page.locator("main script, main img, main [onerror]").count() == 0
    assert [one for one in said if "404" not in one] == []  # rows that the new board does not have


def test_it_fits_every_width_and_axe_finds_nothing_serious(
    desk: ServedDesk, browser: Browser, pictures: Path, page: Page
) -> None:
    _row(page, "c-4711").get_by_role("button", name="Claim").click()
    expect(_row(page, "c-4711").locator(".state")).to_contain_text("yours")
    assert picture_everywhere(browser, f"{desk.address}/", desk.link_of("ann"), pictures / "today") == []
