"""Words what a changed playbook changes, a sentence each, so that nothing of it is overlooked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from retention.catalogue.playbook import Playbook
from retention.catalogue.sentences import action_sentence, rule_sentence


@dataclass(frozen=True, slots=True)
class PlaybookChanges:
    """Changes from one playbook to another, a sentence each.

    Attributes:
        added: Actions and rules that are new.
        removed: Those that are gone.
        changed: Those of which a setting differs, the settings of limits, and another order of the rules.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


def changes_between(before: Playbook, after: Playbook) -> PlaybookChanges:
    """Return what differs in a playbook from the one before; nothing does if their versions are equal.

    Args:
        before: Playbook in force.
        after: Changed one.
    """
    return PlaybookChanges(
        added=tuple(_only_in(after, before)),
        removed=tuple(_only_in(before, after)),
        changed=tuple(_changed(before, after)),
    )


def _only_in(one: Playbook, other: Playbook) -> Iterator[str]:
    """Yield the actions and rules of a playbook that another has not."""
    yield from (action_sentence(name, action) for name, action in one.actions.items() if name not in other.actions)
    known = {rule.name for rule in other.rules}
    yield from (rule_sentence(place, rule) for place, rule in enumerate(one.rules, start=1) if rule.name not in known)


def _changed(before: Playbook, after: Playbook) -> Iterator[str]:
    yield from _settings("Action", before.actions, after.actions)
    yield from _settings("Rule", {rule.name: rule for rule in before.rules}, {rule.name: rule for rule in after.rules})
    for what, one, other in (
        ("actions", list(before.actions), list(after.actions)),
        ("rules", [rule.name for rule in before.rules], [rule.name for rule in after.rules]),
    ):
        yield from _order(what, one, other)
    for name in ("contacts", "exploration", "holdout", "occasions"):
        yield from _settings("Section", {name: getattr(before, name)}, {name: getattr(after, name)})


def _settings(what: str, before: Mapping[str, BaseModel], after: Mapping[str, BaseModel]) -> Iterator[str]:
    """Yield for each of some sections that both have which settings differ."""
    for name, old in before.items():
        new = after.get(name)
        if new is None or new == old:
            continue
        differ = [
            f"{field} is {_value(getattr(new, field))} instead of {_value(getattr(old, field))}"
            for field in type(old).model_fields
            if getattr(new, field) != getattr(old, field)
        ]
        yield f"{what} {name}: {'; '.join(differ)}."


def _order(what: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Yield a sentence if what both have comes in another order."""
    old, new = [name for name in before if name in after], [name for name in after if name in before]
    if old != new:
        yield f"The order of the {what} is {', '.join(new)} instead of {', '.join(old)}."


def _value(value: object) -> str:
    """Return a setting's value as a person writes it."""
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name} = {_value(one)}' for name, one in value.items())}}}"
    return f'"{value}"' if isinstance(value, str) else str(value)
