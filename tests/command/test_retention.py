"""``stayline retention``: the default works untouched, and a wrong file ends in one line and exit code 2."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from schemas.errors import UsageError
from streams.command.app import build
from streams.retention_file import load_playbook


def _run(*words: str) -> str:
    result = CliRunner().invoke(build(["retention"]), ["retention", *words], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.fixture(autouse=True)
def _in_an_empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_default_is_checked_where_there_is_no_file() -> None:
    last = _run("check").splitlines()[-1]
    assert last == f"Stayline's own playbook: policy version {load_playbook().version}: 6 actions, 6 rules."


def test_what_default_prints_is_the_playbook_that_applies_without_a_file() -> None:
    before = load_playbook()
    Path("retention.toml").write_text(_run("default"), "utf-8")

    assert load_playbook() == before


def test_a_file_in_the_folder_applies() -> None:
    Path("retention.toml").write_text(_run("default").replace("at_most = 2 ", "at_most = 1 "), "utf-8")

    assert "A customer gets at most 1 contact in 30 days" in _run("check")


def test_the_file_of_the_settings_is_checked_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("shop.toml").write_text(_run("default").replace("at_most = 2 ", "at_most = 1 "), "utf-8")
    monkeypatch.setenv("STAYLINE_RETENTION__PLAYBOOK", "shop.toml")

    told = _run("check")

    assert "A customer gets at most 1 contact in 30 days" in told
    assert told.splitlines()[-1].startswith("shop.toml: policy version ")


def test_a_byte_order_mark_before_the_file_does_not_matter() -> None:
    Path("retention.toml").write_text(_run("default"), "utf-8-sig")

    assert "6 actions, 6 rules." in _run("check")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff", "mine.toml cannot be read: 'utf-8' codec can't decode"),
        (b"x = [", "mine.toml: not TOML: "),
        (b"rules = []", "mine.toml: actions is missing"),
        (None, "mine.toml cannot be read: No such file or directory"),
    ],
)
def test_a_wrong_file_is_named_in_one_line(content: bytes | None, message: str) -> None:
    if content is not None:
        Path("mine.toml").write_bytes(content)

    with pytest.raises(UsageError) as wrong:
        _run("check", "mine.toml")

    assert str(wrong.value).startswith(message)
    assert "\n" not in str(wrong.value)
    assert wrong.value.exit_code == 2


def test_power_shows_how_many_decisions_an_effect_takes() -> None:
    points, money = _run("power", "--buys", "0.1"), _run("power", "--deviation", "45")

    assert points.splitlines()[0].split() == ["effect", "held", "out", "one", "look", "all", "looks", "decisions"]
    assert "2 points" in points
    assert "4.50" in money
    assert len(points.splitlines()) == 16


def test_power_shows_no_effect_by_which_more_than_all_would_buy() -> None:
    assert "5 points" in _run("power", "--buys", "0.94")
    assert "10 points" not in _run("power", "--buys", "0.94")
