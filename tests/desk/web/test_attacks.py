"""Attacks on the desk that need no browser: each is refused, and says no more than it must."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from desk.people.proxy import AuthenticatingProxy
from desk.people.users import User
from tests.desk.served import PASSWORD, AuditList, ServedDesk, make_parts, served


@pytest.fixture
def client(desk: ServedDesk) -> Iterator[httpx.Client]:
    """A client that keeps no cookie and follows nothing, of a desk where nothing has happened yet."""
    desk.parts.limit.succeed(("address 127.0.0.1", "name ann"))
    desk.audit.records.clear()
    with httpx.Client(base_url=desk.address) as one:
        yield one


def _as(desk: ServedDesk, name: str) -> dict[str, str]:
    return {"Cookie": desk.cookie_of(name)}


def _sign_in(client: httpx.Client, name: str, password: str, back: str = "/") -> httpx.Response:
    own = {"Origin": str(client.base_url)}
    return client.post("/sign-in", data={"name": name, "password": password, "next": back}, headers=own)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Origin": "https://127.0.0.1"},
        {"Origin": "http://127.0.0.1:81"},
        {"Origin": "null"},
        {"Origin": "http://[broken"},
        {},
    ],
)
def test_a_write_that_another_site_asks_for_is_refused(
    client: httpx.Client, desk: ServedDesk, headers: dict[str, str]
) -> None:
    answer = client.post("/sign-out", headers={**_as(desk, "ann"), **headers})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_write_from_the_desks_own_page_is_taken(client: httpx.Client, site: str) -> None:
    assert client.post("/sign-out", headers={"Sec-Fetch-Site": site}).status_code == 303
    assert client.post("/sign-out", headers={"Origin": str(client.base_url)}).status_code == 303


@pytest.mark.parametrize(
    ("password", "stays"), [("wrong horse battery staple", "ann"), ("", "ann"), (PASSWORD, "nobody"), (PASSWORD, "")]
)
def test_whoever_is_not_known_is_refused_in_the_same_words(
    client: httpx.Client, desk: ServedDesk, password: str, stays: str
) -> None:
    answer = _sign_in(client, stays, password)
    assert answer.status_code == 401
    assert "That name and password do not go together." in answer.text
    assert desk.audit.deeds == [(stays, "refused")]


def test_guessing_passwords_is_slowed_down(client: httpx.Client) -> None:
    tried = [_sign_in(client, "ann", "wrong horse battery staple").status_code for _ in range(6)]
    assert tried == [401] * 5 + [429]
    assert _sign_in(client, "ann", PASSWORD).status_code == 429


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "/\\evil.example", "evil"])
def test_signing_in_leads_to_no_other_site(client: httpx.Client, back: str) -> None:
    assert _sign_in(client, "ann", PASSWORD, back).headers["location"] == "/"


def test_the_session_cookie_is_kept_from_scripts_and_from_what_is_not_encrypted(client: httpx.Client) -> None:
    cookie = _sign_in(client, "ann", PASSWORD).headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))


def test_the_session_of_a_removed_user_is_over(client: httpx.Client, desk: ServedDesk) -> None:
    desk.parts.users.put(User(name="gus"))
    headers = _as(desk, "gus")
    assert client.get("/about", headers=headers).status_code == 200
    desk.parts.users.remove("gus")
    assert client.get("/about", headers=headers).headers["location"] == "/sign-in?next=/about"


def test_a_changed_cookie_is_nobodys(client: httpx.Client, desk: ServedDesk) -> None:
    headers = {"Cookie": _as(desk, "ann")["Cookie"][:-2]}
    assert client.get("/about", headers=headers).status_code == 303


def test_a_session_is_no_link_that_signs_in(client: httpx.Client, desk: ServedDesk) -> None:
    session = desk.cookie_of("ann").partition("=")[2]
    assert client.get(f"/sign-in/{session}").status_code == 404


@pytest.mark.parametrize(
    ("address", "name", "status"), [("127.0.0.1", "ann", 200), ("10.0.0.9", "ann", 303), ("127.0.0.1", "mallory", 303)]
)
def test_a_proxys_header_counts_from_its_address_and_for_those_in_the_file(
    tmp_path: Path, address: str, name: str, status: int
) -> None:
    audit = AuditList()
    with served(make_parts(tmp_path, audit, AuthenticatingProxy(address, "X-User")), audit) as proxied:
        assert httpx.get(f"{proxied.address}/about", headers={"X-User": name}).status_code == status


def test_what_was_typed_is_shown_escaped(client: httpx.Client) -> None:
    answer = _sign_in(client, '"><script>alert(1)</script>', PASSWORD)
    assert "<script>alert" not in answer.text
    assert "&#34;&gt;&lt;script&gt;" in answer.text


@pytest.mark.parametrize("path", ["/sign-in", "/about", "/nowhere", "/static/desk.css"])
def test_every_answer_has_the_headers_that_protect_it(client: httpx.Client, desk: ServedDesk, path: str) -> None:
    headers = client.get(path, headers=_as(desk, "ann")).headers
    assert headers["content-security-policy"].startswith("default-src 'self'; ")
    assert "unsafe" not in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")
    assert path.startswith("/static") or headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/static/..%2fprocess.py", "/static/%2e%2e/__init__.py", "/static/"])
def test_no_other_file_than_the_static_ones_is_served(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_user_without_a_password_does_not_sign_in_with_one(client: httpx.Client, desk: ServedDesk) -> None:
    desk.parts.users.put(User(name="pia", role="agent"))
    assert [_sign_in(client, "pia", password).status_code for password in ("", PASSWORD)] == [401, 401]
