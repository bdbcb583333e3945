"""Words a playbook as sentences, to be read by those who decide what is done for customers."""

from collections.abc import Iterator
from typing import Final

from retention.catalogue.parse import parse_condition
from retention.catalogue.playbook import NONE, Action, Contacts, Playbook, Rule

_WHEN: Final = {"now": "at once", "rhythm": "once the next purchase is overdue by the customer's own rhythm"}


def sentences_of(playbook: Playbook) -> list[str]:
    """Return the actions, the rules and the limits of a playbook, a sentence each."""
    return [sentence for kind in ("actions", "rules", "limits") for sentence in sentences_by_kind(playbook)[kind]]


def sentences_by_kind(playbook: Playbook) -> dict[str, list[str]]:
    """Return the same by what they are about: ``rules``, ``actions`` and ``limits``."""
    rules = [rule_sentence(number, rule) for number, rule in enumerate(playbook.rules, start=1)]
    return {
        "rules": [*rules, "Where no rule applies, nothing is done."],
        "actions": [action_sentence(name, action) for name, action in playbook.actions.items()],
        "limits": list(_limits(playbook)),
    }


def action_sentence(name: str, action: Action) -> str:
    """Return what an action is and what it costs.

    Args:
        name: Its name.
        action: The action.
    """
    share = f"{action.holdout_share:.0%} of customers are held out"
    return (
        f"{name}: {action.says} ({action.team}, by {' or '.join(action.channels)}). Costs {action.cost:g}, "
        f"{action.capacity_per_day:,} a day; {_WHEN[action.timing]}, within {_days(action.within_days)}; not again for "
        f"{_days(action.cooldown_days)}; {share}; counted after {_days(action.horizon_days)}; until it is learnt, "
        f"expected to bring {_expected(action.keeps, action.brings)}."
    )


def rule_sentence(number: int, rule: Rule) -> str:
    """Return for whom a rule allows what.

    Args:
        number: Its place, from 1.
        rule: The rule.
    """
    condition = parse_condition(rule.when)
    who = f"When {condition}"
    what = "nothing" if rule.then == (NONE,) else " or ".join(rule.then)
    own = [f"{rule.keeps:.0%} of the value at risk"] if rule.keeps is not None else []
    own += [f"{rule.brings:g}"] if rule.brings is not None else []
    expected = f", expected to bring {' and '.join(own)}" if own else ""
    return f"Rule {number} ({rule.name}): {who}, then {what}{expected}."


def _limits(playbook: Playbook) -> Iterator[str]:
    contacts, exploration = playbook.contacts, playbook.exploration
    yield (
        f"A customer gets at most {contacts.at_most} {'contact' if contacts.at_most == 1 else 'contacts'} in "
        f"{_days(contacts.within_days)}, over all actions{_quiet(contacts)}."
    )
    if contacts.never:
        said = " or ".join(f'extra.{name} = "{value}"' for name, value in contacts.never.items())
        yield f"A customer whose events say {said} is never contacted."
    yield f"After a person judged that a customer will stay, nobody contacts them for {_days(contacts.snooze_days)}."
    yield (
        f"{exploration.share:.0%} of decisions are drawn evenly among what pays, nothing included; who is left alone "
        f"by chance rests for {_days(exploration.rest_days)}. Who is held out is drawn anew every "
        f"{_days(playbook.holdout.season_days)}."
    )


def _quiet(contacts: Contacts) -> str:
    if not contacts.quiet_days:
        return ""
    local = f" ({contacts.time_zone})" if contacts.time_zone else ""
    return f", and none on {', '.join(map(str.capitalize, contacts.quiet_days))}{local}"


def _expected(keeps: float, brings: float) -> str:
    parts = [f"{keeps:.0%} of the value at risk"] if keeps else []
    parts += [f"{brings:g}"] if brings or not parts else []
    return " and ".join(parts)


def _days(days: float) -> str:
    return f"{days:g} {'day' if days == 1 else 'days'}"
