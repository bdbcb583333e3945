"""A few rules learnt from the log, that people can read, check and paste into the playbook."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from retention.effects.doubly_robust import doubly_robust_scores, folds_of
from retention.effects.intervals import Estimate, estimate_mean
from retention.effects.verdict import FEWEST
from retention.outcomes.columns import Flags, Matrix, Vector
from retention.outcomes.log import DecisionLog
from retention.policy.tree import PolicyTree, Split, learn_tree

_GROUPS: Final = 4


@dataclass(frozen=True, slots=True)
class Feature:
    """Column that rules may ask about.

    Attributes:
        name: Name in the playbook's conditions.
        word: Value that the column is 1 for, where it holds words; empty where it is a number or a flag.
        is_flag: True if the name alone is a condition, and the column 1 where it holds.
        is_several: True if a customer may have several words of this name.
    """

    name: str
    word: str = ""
    is_flag: bool = False
    is_several: bool = False

    def condition(self, threshold: float, *, above: bool) -> str:
        """Return the condition in the playbook's grammar."""
        if self.is_several:
            return f"{self.name} has {self.word}" if above else f"not {self.name} has {self.word}"
        if self.word:
            return f"{self.name} is {self.word}" if above else f"{self.name} is not {self.word}"
        if self.is_flag:
            return self.name if above else f"not {self.name}"
        return f"{self.name} {'>' if above else '<='} {threshold:g}"


@dataclass(frozen=True, slots=True)
class LearntRule:
    """One group of customers and what to do for them.

    Attributes:
        when: Condition, in the playbook's grammar.
        action: Name of the action.
        customers: Number of customers in the half of the log that evaluates.
        gain: What the action brings each of them beyond doing nothing, less its cost, reporting currency.
        support: Number of decisions in that half with the action in effect in this group.
    """

    when: str
    action: str
    customers: int
    gain: Estimate
    support: int

    def __str__(self) -> str:
        """Return the rule as a sentence."""
        if self.gain.value == 0.0 and self.gain.error == 0.0:
            return f"When {self.when}, do nothing ({self.customers:,} customers)."
        within = self.gain.fixed
        return (
            f"When {self.when}, then {self.action}: {self.customers:,} customers, {self.gain.value:+.2f} each "
            f"(95 %: {within.low:+.2f} to {within.high:+.2f}); it was done {self.support:,} times among them: "
            f"{self._verdict}."
        )

    @property
    def _verdict(self) -> str:
        """Verdict on the gain, by the interval for one look: the half that evaluates has not been looked at before."""
        within = self.gain.fixed
        if self.support < FEWEST:
            return "too few to tell"
        if within.low > 0.0:
            return "it pays"
        return "it does not pay" if within.high < 0.0 else "cannot tell yet whether it pays"

    def as_toml(self, name: str) -> str:
        """Return the rule as a section of the playbook.

        Args:
            name: Name of the rule.
        """
        return f'[[rules]]\nname = "{name}"\nwhen = "{self.when}"\nthen = ["{self.action}"]\n'


def learn_rules(log: DecisionLog, features: Matrix, about: Sequence[Feature], costs: Vector) -> list[LearntRule]:
    """Learn at most four rules: one half of the customers chooses the groups, the other says what each brings.

    Args:
        log: Decisions with outcomes before costs.
        features: Columns that rules may ask about, shape (decisions, features).
        about: Names of these columns.
        costs: Cost of each action; 0 for doing nothing, shape (actions,).
    """
    scores = net_scores(log, costs)
    chooses = folds_of(log.customer, 2) == 0
    tree = learn_tree(features[chooses], scores[chooses])
    evaluated, group = log.where(~chooses), tree.group(features[~chooses])
    held = scores[~chooses]
    return [
        _rule(when, tree.actions[groups[0]], evaluated, held, np.isin(group, groups))
        for when, groups in _conditions(tree, about)
    ]


def net_scores(log: DecisionLog, costs: Vector) -> Matrix:
    """Return doubly robust scores less costs; where an action is not allowed, that of doing nothing.

    Args:
        log: Decisions with outcomes before costs.
        costs: Cost of each action, shape (actions,).

    Returns:
        Shape (decisions, actions).
    """
    scores = doubly_robust_scores(log) - costs
    return np.where(log.probability > 0.0, scores, scores[:, :1])


def _rule(when: str, action: int, log: DecisionLog, scores: Matrix, rows: Flags) -> LearntRule:
    part = log.where(rows)
    return LearntRule(
        when=when,
        action=log.actions[action],
        customers=len(np.unique(part.customer)),
        gain=estimate_mean(scores[rows, action] - scores[rows, 0], part.customer),
        support=int((part.done == action).sum()),
    )


def _conditions(tree: PolicyTree, about: Sequence[Feature]) -> list[tuple[str, list[int]]]:
    """Return the condition of each group; groups on one side with the same action are one."""
    if tree.first is None:
        return [("always", list(range(_GROUPS)))]
    conditions = []
    for side, split in enumerate(tree.then):
        outer, groups = _asked(tree.first, about, above=side == 1), [2 * side, 2 * side + 1]
        if split is None or tree.actions[groups[0]] == tree.actions[groups[1]]:
            conditions.append((outer, groups))
        else:
            for above, group in enumerate(groups):
                inner = _asked(split, about, above=above == 1)
                implied = above == 1 and side == 0 and _are_of_one_word(tree.first, split, about)
                conditions.append((inner if implied else f"{outer} and {inner}", [group]))
    return conditions


def _are_of_one_word(first: Split, second: Split, about: Sequence[Feature]) -> bool:
    """Return True if two questions are about a name with one word, so that having one is not having the other."""
    one, other = about[first.feature], about[second.feature]
    return bool(one.word) and not one.is_several and one.name == other.name


def _asked(split: Split, about: Sequence[Feature], *, above: bool) -> str:
    return about[split.feature].condition(split.threshold, above=above)
