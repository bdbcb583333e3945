"""Attacks of somebody who has signed in: on others' decisions, by guessed ids, by hand-made forms."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from desk.people.users import User
from tests.desk.memory_board import MemoryBoard
from tests.desk.people_of_a_shop import decision_for
from tests.desk.served import AuditList, ServedDesk, make_parts, served

OWN, OTHERS = "d-c-4711", "d-c-9000"
POSTS = ("/decide", "/judge", "/sign-in", "/sign-out", "/rules/try")


@pytest.fixture(scope="module")
def board() -> MemoryBoard:
    """A decision of ann's team, and one of another."""
    return MemoryBoard(decision_for("c-4711"), decision_for("c-9000", "shop"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, board: MemoryBoard) -> Iterator[ServedDesk]:
    """A desk with that board."""
    audit = AuditList()
    with served(make_parts(tmp_path_factory.mktemp("desk"), audit, board=board), audit) as one:
        yield one


@pytest.fixture
def ann(desk: ServedDesk, board: MemoryBoard) -> Iterator[httpx.Client]:
    """A client that has ann's session, of a desk where nothing has been published."""
    board.published.clear()
    headers = {"Cookie": desk.cookie_of("ann"), "Origin": desk.address}
    with httpx.Client(base_url=desk.address, headers=headers) as one:
        yield one


def _step(decision: str, **changed: str) -> dict[str, str]:
    return {"decision": decision, "step": "done", "note": "", "key": "k" * 32, **changed}


@pytest.mark.parametrize("decision", [OTHERS, "d-nobody", "", "'; DROP TABLE decisions --", "\0", "d" * 100_000])
def test_a_decision_of_another_team_looks_like_none(ann: httpx.Client, board: MemoryBoard, decision: str) -> None:
    answers = [ann.get(f"/row?id={quote(decision[:1000])}"), ann.post("/decide", data=_step(decision))]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert "c-9000" not in answers[0].text
    assert board.published == {}


def test_the_queue_and_the_stream_hold_the_own_team_alone(ann: httpx.Client) -> None:
    assert "c-9000" not in ann.get("/").text


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"note": "x" * 10_000}, 422),
        ({"step": "bought"}, 422),
        ({"step": "snoozed", "until": "tomorrow"}, 422),
        ({"step": "snoozed", "until": "9999-12-31T00:00:00+00:00"}, 422),
        ({"step": "snoozed", "until": "2001-01-01T00:00:00+00:00"}, 422),
        ({"step": "dismissed"}, 422),
        ({"key": ""}, 400),
        ({"key": "k" * 65}, 400),
    ],
)
def test_a_form_made_by_hand_is_refused_and_publishes_nothing(
    ann: httpx.Client, board: MemoryBoard, changed: dict[str, str], status: int
) -> None:
    answer = ann.post("/decide", data=_step(OWN, **changed))
    assert answer.status_code == status
    assert board.published == {}


def test_a_note_of_10000_characters_is_refused_in_words_and_kept(ann: httpx.Client, board: MemoryBoard) -> None:
    note = "ä" * 10_000
    step = ann.post("/decide", data=_step(OWN, note=note))
    judged = ann.post("/judge", data={"customer": "c-4711", "sentiment": "1", "note": note, "key": "k"})
    for answer in (step, judged):
        assert answer.status_code == 422
        assert "10,000" in answer.text
        assert note in answer.text
    assert board.published == {}


def test_a_file_in_the_place_of_a_note_is_refused(ann: httpx.Client, board: MemoryBoard) -> None:
    answer = ann.post("/decide", data=_step(OWN), files={"note": ("note.txt", b"x" * 5_000)})
    assert answer.status_code == 400
    assert board.published == {}


@pytest.mark.parametrize("path", POSTS)
def test_no_form_is_taken_from_another_site_or_by_a_link(desk: ServedDesk, board: MemoryBoard, path: str) -> None:
    headers = {"Cookie": desk.cookie_of("leo")}
    data = _step(OWN, customer="c-4711", text="x")
    for site in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}, {}):
        assert httpx.post(f"{desk.address}{path}", data=data, headers={**headers, **site}).status_code == 403
    if path != "/sign-in":
        assert httpx.get(f"{desk.address}{path}", headers=headers, params=data).status_code == 405
    assert board.published == {}


@pytest.mark.parametrize("path", ["/", "/row?id=d-c-4711", "/customer?id=c-4711", "/events", "/find?q=c", "/effects"])
def test_nobody_sees_a_page_without_having_signed_in(desk: ServedDesk, path: str) -> None:
    answer = httpx.get(f"{desk.address}{path}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=")
    assert "c-4711" not in answer.text


def test_the_stream_of_a_removed_user_ends(desk: ServedDesk) -> None:
    desk.parts.users.put(User(name="gus", teams=("care",)))
    headers = {"Cookie": desk.cookie_of("gus")}
    with httpx.stream("GET", f"{desk.address}/events", headers=headers, timeout=60.0) as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("retry:")
        desk.parts.users.remove("gus")
        assert all(isinstance(line, str) for line in lines)  # it comes to its end by itself


@pytest.mark.parametrize("customer", ["\0", "\\", "'", "{x:String}", "%", "../../etc/passwd", "c" * 10_000, "\u202e"])
def test_a_guessed_customer_is_nobody(ann: httpx.Client, customer: str) -> None:
    answer = ann.get(f"/customer?id={quote(customer)}")
    assert answer.status_code == 404
    assert "Nobody of that id" in answer.text


def test_roles_and_teams_of_a_form_count_for_nothing(ann: httpx.Client, tmp_path: Path) -> None:
    del tmp_path
    for path in ("/segments?role=admin", "/segments.csv?role=admin&team=shop", "/rules/trial?id=x&role=lead"):
        assert ann.get(path, headers={"X-Forwarded-User": "ida", "X-User": "ida"}).status_code == 403
