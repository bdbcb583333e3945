"""No class name of the product or the benchmarks stands for two things."""

import ast
from collections import defaultdict
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_PACKAGES = ("runtime", "schemas", "customers", "risk", "retention", "sinks", "streams", "desk", "deploy", "bench")


def test_no_class_name_stands_for_two_things() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in (path for package in _PACKAGES for path in sorted((_ROOT / package).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{path.relative_to(_ROOT)}:{node.lineno}")

    assert {name: found for name, found in places.items() if len(found) > 1} == {}
