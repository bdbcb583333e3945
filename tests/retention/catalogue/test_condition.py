"""Conditions: what the grammar takes, and that it agrees with Python on every customer."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.catalogue.condition import Columns
from retention.catalogue.parse import ConditionError, parse_condition
from retention.catalogue.vocabulary import COLUMNS, OCCASIONS, SEGMENTS, FlagColumn, NumberColumn, WordColumn

_CUSTOMERS: Columns = {
    "risk": np.array([0.2, 0.7, 0.9]),
    "purchases": np.array([0.0, 1.0, 10.0]),
    "segment": np.array([SEGMENTS.bits("let_be"), SEGMENTS.bits("win_back"), SEGMENTS.bits("keep_at_all_costs")]),
    "occasions": np.array([0, OCCASIONS.bits("tenth_order", "advocate"), OCCASIONS.bits("first_year")]),
    "complaint_open": np.array([True, False, False]),
    "always": np.array([True, True, True]),
}


def _holds(text: str, columns: Columns) -> list[bool]:
    truths: list[bool] = np.asarray(parse_condition(text).holds(columns)).tolist()
    return truths


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("always", [True, True, True]),
        ("complaint_open", [True, False, False]),
        ("not complaint_open", [False, True, True]),
        ("risk >= 0.7", [False, True, True]),
        ("risk > 0.7", [False, False, True]),
        ("risk < 0.7", [True, False, False]),
        ("risk <= 0.7", [True, True, False]),
        ("purchases = 10", [False, False, True]),
        ("purchases != 10", [True, True, False]),
        ("segment is win_back", [False, True, False]),
        ("segment = win_back", [False, True, False]),
        ("segment is not win_back", [True, False, True]),
        ("segment != win_back", [True, False, True]),
        ("segment in (win_back, let_be)", [True, True, False]),
        ("occasions has advocate", [False, True, False]),
        ("occasions has (advocate, first_year)", [False, True, True]),
        ("risk > 0.5 and segment is win_back or complaint_open", [True, True, False]),
        ("risk > 0.5 and (segment is win_back or complaint_open)", [False, True, False]),
        ("not (risk > 0.5 and segment is win_back)", [True, False, True]),
        ("not not complaint_open", [True, False, False]),
    ],
)
def test_a_condition_holds_for_those_whom_it_describes(text: str, expected: list[bool]) -> None:
    assert _holds(text, _CUSTOMERS) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'it is empty; write "always" for a rule without a condition'),
        ("segmnt is win_back", "'segmnt' is no name; did you mean segment?"),
        ("segment is winback", "'winback' is no segment; did you mean win_back?"),
        ("segment has win_back", "'has' after segment is not allowed; segment takes is, in, =, !="),
        ("occasions is advocate", "'is' after occasions is not allowed; occasions takes has"),
        ("risk is 0.7", "'is' after risk is not allowed; a number takes <, <=, >, >=, =, !="),
        ("risk >= high", "'high' after risk >= is no number"),
        ("risk >= 80", "risk >= 80: risk (probability) goes from 0 to 1"),
        ("value_at_risk > -1", "value_at_risk > -1: value_at_risk (margin a year) goes from 0"),
        ("risk >=", "something is missing after '>='"),
        ("(risk >= 0.5", "')' is missing before the end"),
        ("segment in win_back", "'(' is missing before 'win_back'"),
        ("risk >= 0.5 segment is win_back", "'segment' is not expected there; conditions are joined by and, or"),
        ("segment is 'win_back'", '"\'" is not allowed; words are written without quotes'),
        ("__import__(os)", "'__import__' is no name"),
        ("(" * 30 + "always" + ")" * 30, "it is nested more than 20 deep"),
        ("not " * 30 + "always", "it is nested more than 20 deep"),
    ],
)
def test_a_mistake_in_a_condition_is_told_with_the_wrong_word_and_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(ConditionError) as wrong:
        parse_condition(text)

    assert str(wrong.value).startswith(message)


@given(st.text(max_size=200))
def test_any_text_is_a_condition_or_a_condition_error(text: str) -> None:
    with suppress(ConditionError):
        assert str(parse_condition(text))


_NUMBERS = {name: column for name, column in COLUMNS.items() if isinstance(column, NumberColumn)}
_WORDS = {name: column for name, column in COLUMNS.items() if isinstance(column, WordColumn)}
_FLAGS = [name for name, column in COLUMNS.items() if isinstance(column, FlagColumn)]


@st.composite
def _tests(draw: st.DrawFn) -> tuple[str, str]:
    """A test in our grammar, and the same in Python on a dict of a customer."""
    kind = draw(st.sampled_from(("number", "words", "flag")))
    if kind == "number":
        name, sign = draw(st.sampled_from(sorted(_NUMBERS))), draw(st.sampled_from(("<", "<=", ">", ">=", "=", "!=")))
        value = draw(st.integers(0, 1))
        return f"{name} {sign} {value}", f"one[{name!r}] {'==' if sign == '=' else sign} {value}"
    if kind == "words":
        name = draw(st.sampled_from(sorted(_WORDS)))
        words = draw(st.lists(st.sampled_from(_WORDS[name].words), min_size=1, max_size=3, unique=True))
        verb = "has" if _WORDS[name].several else "in"
        return f"{name} {verb} ({', '.join(words)})", f"(one[{name!r}] & {_WORDS[name].bits(*words)}) != 0"
    name = draw(st.sampled_from(_FLAGS))
    return name, f"one[{name!r}]"


def _joined(parts: st.SearchStrategy[tuple[str, str]]) -> st.SearchStrategy[tuple[str, str]]:
    return st.one_of(
        parts.map(lambda one: (f"not ({one[0]})", f"not ({one[1]})")),
        st.tuples(st.sampled_from(("and", "or")), parts, parts).map(
            lambda one: (f"({one[1][0]}) {one[0]} ({one[2][0]})", f"({one[1][1]}) {one[0]} ({one[2][1]})")
        ),
        st.tuples(parts, parts, parts).map(
            lambda one: (
                (
                    f"{one[0][0]} and {one[1][0]} or {one[2][0]}",
                    f"({one[0][1]} and {one[1][1]}) or {one[2][1]}",
                )
                if all(" and " not in part[0] and " or " not in part[0] for part in one)
                else one[0]
            )
        ),
    )


_customers = st.fixed_dictionaries(
    {
        **{name: st.sampled_from((0.0, 0.5, 1.0)) for name in _NUMBERS},
        **{name: st.integers(0, 2 ** len(column.words) - 1) for name, column in _WORDS.items()},
        **{name: st.booleans() for name in _FLAGS},
    }
)


@given(st.recursive(_tests(), _joined, max_leaves=8), st.lists(_customers, min_size=1, max_size=5))
def test_a_condition_agrees_with_the_same_in_python_on_one_or_many(
    texts: tuple[str, str], customers: list[dict[str, float]]
) -> None:
    columns = {name: np.array([one[name] for one in customers]) for name in COLUMNS}
    python = compile(texts[1], "condition", "eval")

    expected = [bool(eval(python, {}, {"one": one})) for one in customers]  # noqa: S307 - the test's own text

    assert _holds(texts[0], columns) == expected
    assert [parse_condition(texts[0]).holds(one) for one in customers] == expected
