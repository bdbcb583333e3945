"""A playbook in the form that deciding uses: parsed conditions, numbers by action, times in milliseconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from retention.catalogue.condition import Condition
from retention.catalogue.parse import parse_condition
from retention.catalogue.playbook import NONE, Action, Playbook, Rule
from retention.catalogue.quiet_days import QuietDays
from schemas.moments import DAY_MS


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule in the form that deciding uses.

    Attributes:
        name: Its name.
        condition: For whom it applies.
        actions: Indices of its actions; empty if nothing is to be done.
        keeps: Share of the value at risk that each action of the playbook is expected to keep.
        brings: Money that each is expected to bring besides.
    """

    name: str
    condition: Condition
    actions: tuple[int, ...]
    keeps: tuple[float, ...]
    brings: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CompiledPlaybook:
    """A playbook in the form that deciding uses.

    Attributes:
        playbook: As it was read.
        version: Hash of its content.
        names: Names of the actions, in the order of the file; all that is given by action follows it.
        actions: The actions in this order.
        costs: Cost of each.
        cooldowns_ms: Cooldown of each, ms.
        rules: The rules, in order.
        quiet: Days on which nobody is contacted.
        signatures: Hash of what each action is and for whom, by which evidence on it is told from that on another.
    """

    playbook: Playbook
    version: str
    names: tuple[str, ...]
    actions: tuple[Action, ...]
    costs: tuple[float, ...]
    cooldowns_ms: tuple[float, ...]
    rules: tuple[CompiledRule, ...]
    quiet: QuietDays
    signatures: tuple[str, ...]


def compile_playbook(playbook: Playbook) -> CompiledPlaybook:
    """Return a playbook in the form that deciding uses."""
    actions = tuple(playbook.actions.values())
    names = tuple(playbook.actions)
    return CompiledPlaybook(
        playbook=playbook,
        version=playbook.version,
        names=names,
        actions=actions,
        costs=tuple(action.cost for action in actions),
        cooldowns_ms=tuple(action.cooldown_days * DAY_MS for action in actions),
        rules=tuple(_compiled(rule, names, actions) for rule in playbook.rules),
        quiet=QuietDays.of(playbook.contacts),
        signatures=tuple(_signature(name, action, playbook.rules) for name, action in playbook.actions.items()),
    )


def _signature(name: str, action: Action, rules: Sequence[Rule]) -> str:
    """Return a hash of an action and its rules, without what does not change its effect: who does how much of it."""
    parts = [action.model_dump_json(exclude={"capacity_per_day", "holdout_share", "team"})]
    parts += [rule.model_dump_json(include={"when", "keeps", "brings"}) for rule in rules if name in rule.then]
    return blake2b("\n".join(parts).encode(), digest_size=6).hexdigest()


def _compiled(rule: Rule, names: Sequence[str], actions: Sequence[Action]) -> CompiledRule:
    return CompiledRule(
        name=rule.name,
        condition=parse_condition(rule.when),
        actions=tuple(sorted(names.index(name) for name in rule.then if name != NONE)),
        keeps=tuple(action.keeps if rule.keeps is None else rule.keeps for action in actions),
        brings=tuple(action.brings if rule.brings is None else rule.brings for action in actions),
    )
