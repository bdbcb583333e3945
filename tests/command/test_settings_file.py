"""A mistake in ``stayline.toml`` is told in one line: file, line, setting, and what is allowed."""

import os
from pathlib import Path

import pytest

from schemas.errors import UsageError
from streams.settings import load_settings
from streams.settings_errors import line_of


@pytest.fixture(autouse=True)
def _in_an_empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("STAYLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def told_of(file: str | bytes) -> str:
    """The message that a settings file leads to."""
    Path("stayline.toml").write_bytes(file.encode() if isinstance(file, str) else file)
    with pytest.raises(UsageError) as wrong:
        load_settings()
    assert "\n" not in str(wrong.value)
    return str(wrong.value)


def test_a_file_that_is_no_toml_is_told_with_the_line() -> None:
    assert told_of('[kafka]\nuser = "ann\n') == (
        "stayline.toml cannot be read: Illegal character '\\n' (at line 2, column 12)"
    )


def test_a_file_that_is_no_text_is_told() -> None:
    assert told_of(b"\xff").startswith("stayline.toml cannot be read: 'utf-8' codec can't decode byte 0xff")


def test_an_unknown_key_is_told_with_file_line_and_the_one_that_was_meant() -> None:
    assert told_of('\n[kafka]\nbootstrap_server = "a:9092"\n') == (
        "stayline.toml, line 3: kafka.bootstrap_server is no setting; "
        "did you mean bootstrap_servers? `stayline settings` lists all"
    )


def test_a_key_like_no_other_is_told_with_those_that_there_are() -> None:
    assert told_of("[learner]\nx = 1\n") == ("stayline.toml, line 2: learner.x is no setting; there are drift")


def test_an_unknown_section_is_told_with_its_line() -> None:
    assert told_of("[kafak]\nuser = 'ann'\n").startswith(
        "stayline.toml, line 1: kafak is no setting; did you mean kafka?"
    )


def test_a_value_in_place_of_a_section_is_told_with_what_the_section_has() -> None:
    assert told_of("learner = 3\n") == ("stayline.toml, line 1: learner is 3, and is a section: there are drift")


def test_a_value_that_is_not_allowed_is_told_with_its_line_and_what_is() -> None:
    assert told_of("[risk]\nmargin = 0.2\nhorizon_days = -3\n") == (
        "stayline.toml, line 3: risk.horizon_days is -3: Input should be greater than 0"
    )


def test_a_wrong_variable_is_named_though_the_file_has_the_same_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYLINE_RISK__HORIZON_DAYS", "-1")
    assert told_of("[risk]\nhorizon_days = 30\n") == (
        "STAYLINE_RISK__HORIZON_DAYS is '-1': Input should be greater than 0"
    )


def test_a_password_in_the_file_is_not_told() -> None:
    assert told_of("[kafka]\npassword = 4711\n").startswith("stayline.toml, line 2: kafka.password is ***: ")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[kafka]\noptions = {}\n", 2),
        ("kafka.options = 1\n", 1),
        ("[kafka.options]\n", 1),
        ("[ kafka ] # where\n\n'options' = 1\n", 3),
        ("kafka = {options = 1}\n", None),
    ],
)
def test_the_line_of_a_setting_is_found_however_it_is_written_but_inline(text: str, line: int | None) -> None:
    assert line_of(text, ["kafka", "options"]) == line
