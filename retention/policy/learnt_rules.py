"""Rules learnt from logged decisions, about whatever conditions of a playbook may ask that decisions recorded."""

from collections.abc import Iterator, Sequence

import numpy as np

from retention.catalogue.condition import Columns
from retention.catalogue.vocabulary import COLUMNS, FlagColumn, WordColumn
from retention.outcomes.columns import Vector
from retention.outcomes.logged import as_columns, usable
from retention.policy.evaluation import costs_of
from retention.policy.rules import Feature, LearntRule, learn_rules
from schemas.records.logged_decision import LoggedDecision


def rules_of_log(logged: Sequence[LoggedDecision]) -> list[LearntRule]:
    """Learn at most four rules from settled decisions; none where there are no decisions to learn from.

    Args:
        logged: Settled decisions that count.
    """
    used = usable(logged)
    if not used:
        return []
    whole = as_columns(used)
    offered = list(_offered(whole.columns))
    features = np.column_stack([column for _, column in offered])
    costs = costs_of(used, whole)
    return learn_rules(
        whole.log, features, [feature for feature, _ in offered], np.array([costs[name] for name in whole.log.actions])
    )


def playbook_text(rules: Sequence[LearntRule]) -> str:
    """Return rules as a part of ``retention.toml``, each with its sentence as a comment."""
    return "\n".join(f"# {rule}\n{rule.as_toml(f'learnt {number}')}" for number, rule in enumerate(rules, start=1))


def _offered(columns: Columns) -> Iterator[tuple[Feature, Vector]]:
    """Yield what rules may ask, as numbers: each number, flag, and word."""
    for name, values in columns.items():
        kind = COLUMNS[name]
        if isinstance(kind, WordColumn):
            for word in kind.words:
                holds = (values & kind.bits(word)) != 0
                yield Feature(name, word, is_several=kind.several), holds.astype(np.float64)
        elif isinstance(kind, FlagColumn):
            if name != "always":
                yield Feature(name, is_flag=True), values.astype(np.float64)
        else:
            yield Feature(name), np.asarray(values, np.float64)
