"""Says what a field of a mapping may be computed by: expressions that read the row's columns and nothing else.

An expression is SQL. It is parsed by the engine that computes it, and its syntax tree is checked here against a list
of what is allowed; there is no query, no file, no setting, and no function that could reach one.
"""

from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping
from difflib import get_close_matches
from typing import Any, Final

FUNCTIONS: Final = frozenset(
    {
        *("abs", "round", "floor", "ceil", "greatest", "least", "number", "identifier"),
        *("lower", "upper", "trim", "ltrim", "rtrim", "substr", "substring", "left", "right", "length", "lpad", "rpad"),
        *("replace", "split_part", "concat", "concat_ws", "contains", "starts_with", "ends_with"),
        *("regexp_matches", "regexp_extract", "regexp_replace", "ifnull", "nullif", "md5", "sha256"),
        *("try_strptime", "strftime"),
    }
)
"""Functions that an expression may call. ``number`` reads a number as the file writes it, ``identifier`` an id."""

OPERATORS: Final = frozenset({"+", "-", "*", "/", "//", "%", "||", "~~", "!~~", "~~*", "!~~*"})
"""Functions that the parser makes of arithmetic, of text put together, and of LIKE."""

_CLASSES: Final = frozenset(
    {"COLUMN_REF", "CONSTANT", "FUNCTION", "OPERATOR", "COMPARISON", "CONJUNCTION", "CASE", "CAST", "BETWEEN"}
)
_SUBQUERIES: Final = frozenset({"IN_SUBQUERY", "EXISTS"})


class ExpressionError(ValueError):
    """A text is no expression, or one that is not allowed; the message says what is wrong and what is allowed."""


def columns_of(tree: AnyMapping[str, Any], plain: AnyMapping[str, Any]) -> set[str]:
    """Check an expression, and return the columns that it reads.

    Args:
        tree: What the engine's parser makes of a query that selects the expression alone.
        plain: What it makes of a query that selects a constant, to compare with.

    Raises:
        ExpressionError: It is not allowed.
    """
    if tree.get("error"):
        raise ExpressionError(str(tree.get("error_message")))
    if len(tree["statements"]) != 1 or _around(tree) != _around(plain):
        raise ExpressionError("it is more than one expression; a field has one column or one expression")
    columns: set[str] = set()
    for node in _nodes(tree["statements"][0]["node"]["select_list"]):
        if node["class"] not in _CLASSES or node.get("type") in _SUBQUERIES:
            raise ExpressionError(f"{str(node.get('type', node['class'])).lower()} is not allowed in a mapping")
        if node["class"] == "FUNCTION":
            _check_function(str(node["function_name"]).lower())
        if node["class"] == "CAST" and not node["try_cast"]:
            raise ExpressionError("a cast stops at the first value that it cannot read: write try_cast, or number(…)")
        if node["class"] == "COLUMN_REF":
            columns.add(".".join(node["column_names"]))
    return columns


def _check_function(name: str) -> None:
    if name in FUNCTIONS or name in OPERATORS:
        return
    near = get_close_matches(name, FUNCTIONS, n=1)
    meant = f"did you mean {near[0]}?" if near else f"allowed are {', '.join(sorted(FUNCTIONS))}"
    raise ExpressionError(f"{name} is no function of mappings; {meant}")


def _around(tree: AnyMapping[str, Any]) -> dict[str, Any]:
    """Return all of a query but what it selects; that it selects one thing remains."""
    node = tree["statements"][0]["node"]
    return {**{name: part for name, part in node.items() if name != "select_list"}, "selects": len(node["select_list"])}


def _nodes(part: object) -> Iterator[AnyMapping[str, Any]]:
    """Yield all parts of an expression that have a class, from the outside in."""
    if isinstance(part, dict):
        if "class" in part:
            yield part
        for inner in part.values():
            yield from _nodes(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _nodes(inner)
