"""Words by which customers say that they are not to be contacted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.wish import wish_of

NEVER = {"consent": "no"}


@pytest.mark.parametrize("word", ["no", "No", " NO\t", "false", "False", "0", "off", "n"])
def test_no_is_no_however_a_system_writes_it(word: str) -> None:
    assert wish_of({"consent": word}, NEVER) is True


@pytest.mark.parametrize("word", ["yes", "true", "", "not now", "none"])
def test_another_word_ends_the_wish(word: str) -> None:
    assert wish_of({"consent": word}, NEVER) is False


def test_nothing_is_said_where_the_name_is_missing() -> None:
    assert wish_of({"other": "no"}, NEVER) is None
    assert wish_of({"consent": "no"}, {}) is None


def test_a_setting_that_means_yes_is_met_by_every_yes() -> None:
    assert wish_of({"do_not_contact": "TRUE"}, {"do_not_contact": "yes"}) is True
    assert wish_of({"do_not_contact": "0"}, {"do_not_contact": "yes"}) is False


def test_one_name_does_not_take_back_what_another_says() -> None:
    never = {"consent": "no", "sms": "stop"}
    assert wish_of({"consent": "yes"}, never) is None
    assert wish_of({"consent": "yes", "sms": " Stop "}, never) is True
    assert wish_of({"consent": "yes", "sms": "go"}, never) is False


@given(st.text("abcNO01 ", max_size=20))
def test_a_word_is_the_same_as_itself_with_spaces_and_in_capitals(word: str) -> None:
    plain = {"consent": word.strip()}
    assert wish_of({"consent": f"  {word.strip().swapcase()} "}, plain) is True
