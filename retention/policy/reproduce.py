"""Choices that another playbook would have made on logged decisions, as far as what was recorded says them.

It is taken to choose the best action by its own guesses, corrected or not, less the cost, without chance and holdout;
prices of capacity are those of its own future. What a decision does not say is not guessed: conditions have three
values (Kleene's strong logic), and where the first rule that applies is not known, nor is the choice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from retention.catalogue.compiled import CompiledPlaybook
from retention.catalogue.condition import Columns, Condition, Joined, Mask, Not
from retention.outcomes.columns import Flags, Integers, Matrix, Vector
from schemas.records.logged_decision import LoggedDecision

UNKNOWN: Final = -1
"""Stands for a choice that cannot be known."""

Truth = tuple[Mask, Mask]
"""Masks of the rows for which something surely holds, and for which it surely does not."""


@dataclass(frozen=True, slots=True)
class LoggedRules:
    """Knowledge that a log has of the rules which decided it.

    Attributes:
        book: Playbook that decided; other versions' decisions say nothing of its rules.
        rule: Index of the rule of this playbook that applied; ``UNKNOWN`` for other versions, shape (decisions,).
    """

    book: CompiledPlaybook
    rule: Integers

    @classmethod
    def of(cls, book: CompiledPlaybook, logged: Sequence[LoggedDecision]) -> "LoggedRules":
        """Find the rules that applied.

        Args:
            book: The playbook that is thought to have decided.
            logged: The decisions.
        """
        names = {rule.name: place for place, rule in enumerate(book.rules)}
        found = [
            names.get(one.rule, UNKNOWN) if one.policy_version.split("-")[0] == book.version else UNKNOWN
            for one in logged
        ]
        return cls(book, np.array(found, np.int64))

    def truths(self) -> dict[Condition, Truth]:
        """Return what is known of conditions: that of the rule that applied holds, and those before it do not."""
        known = self.rule != UNKNOWN
        return {
            rule.condition: (known & (self.rule == place), known & (self.rule > place))
            for place, rule in reversed(list(enumerate(self.book.rules)))  # of equal conditions, the first applies
        }


@dataclass(frozen=True, slots=True)
class ReproducedRules:
    """Actions that another playbook would have allowed on logged decisions, and its guesses of what they bring.

    Attributes:
        known: True where it is known which of its rules applies, shape (decisions,).
        allowed: True for the actions that it would have allowed, and for doing nothing, shape (decisions, actions).
        guess: Gain that it expects of each action, for actions that the rule does not name by the action's own guess,
            and 0 for those that it does not have, reporting currency, shape (decisions, actions).
        costs: Cost of each action, reporting currency, shape (actions,).
    """

    known: Flags
    allowed: Flags
    guess: Matrix
    costs: Vector

    def choices(self, correction: Matrix | float = 0.0) -> Integers:
        """Return the index of the action that is expected to bring most beyond its cost, doing nothing if none pays.

        Args:
            correction: To be added to the guesses, shape (decisions, actions).

        Returns:
            ``UNKNOWN`` where the choice cannot be known, shape (decisions,).
        """
        net = np.where(self.allowed, self.guess + correction - self.costs, -np.inf)
        net[:, 0] = 0.0
        return np.where(self.known, net.argmax(axis=1), UNKNOWN)


def reproduce(
    book: CompiledPlaybook,
    actions: Sequence[str],
    columns: Columns,
    logged: Sequence[LoggedDecision],
    rules: LoggedRules,
) -> ReproducedRules:
    """Return what another playbook would have allowed and expected.

    Args:
        book: The playbook.
        actions: Names of the log's actions, doing nothing first; all of the playbook are among them.
        columns: What conditions are evaluated on, each of shape (decisions,).
        logged: The decisions.
        rules: Knowledge of the rules that decided the log.
    """
    places = [actions.index(name) for name in book.names]
    value = columns["value_at_risk"]
    costs, guess = np.zeros(len(actions)), np.zeros((len(logged), len(actions)))
    costs[places] = book.costs
    for place, usual in zip(places, book.actions, strict=True):
        guess[:, place] = usual.keeps * value + usual.brings
    allowed = np.zeros(guess.shape, dtype=np.bool_)
    waiting: Flags = np.ones(len(logged), dtype=np.bool_)
    decided, truths = np.zeros_like(waiting), rules.truths()
    for rule in book.rules:
        holds, fails = _truth(rule.condition, columns, truths)
        applies = waiting & holds
        for action in rule.actions:
            allowed[applies, places[action]] = True
            guess[applies, places[action]] = rule.keeps[action] * value[applies] + rule.brings[action]
        decided |= applies
        waiting &= fails
    allowed &= ~_barred(actions, logged, rules)
    allowed[:, 0] = True
    return ReproducedRules(decided | waiting, allowed, guess, costs)


def _truth(condition: Condition, columns: Columns, known: Mapping[Condition, Truth]) -> Truth:
    holds, fails = _computed(condition, columns, known)
    surely = known.get(condition)
    return (holds, fails) if surely is None else (holds | surely[0], fails | surely[1])


def _computed(condition: Condition, columns: Columns, known: Mapping[Condition, Truth]) -> Truth:
    if isinstance(condition, Not):
        holds, fails = _truth(condition.part, columns, known)
        return fails, holds
    if isinstance(condition, Joined):
        parts = [_truth(part, columns, known) for part in condition.parts]
        holds, fails = np.stack([part[0] for part in parts]), np.stack([part[1] for part in parts])
        every, some = np.logical_and.reduce, np.logical_or.reduce
        return (every(holds), some(fails)) if condition.word == "and" else (some(holds), every(fails))
    if condition.name not in columns:
        nowhere = np.zeros_like(columns["always"])
        return nowhere, nowhere
    holds = np.asarray(condition.holds(columns))
    return holds, ~holds


def _barred(actions: Sequence[str], logged: Sequence[LoggedDecision], rules: LoggedRules) -> Flags:
    """Return the actions that the rule of the log named and limits forbade, shape (decisions, actions).

    Cooldowns and the time of a reminder would have forbidden them to any playbook.
    """
    named = [{rules.book.names[action] for action in rule.actions} for rule in rules.book.rules]
    barred = np.zeros((len(logged), len(actions)), dtype=np.bool_)
    for place, (one, rule) in enumerate(zip(logged, rules.rule.tolist(), strict=True)):
        if rule != UNKNOWN:
            barred[place, [actions.index(name) for name in named[rule] - one.propensity.keys() if name in actions]] = (
                True
            )
    return barred
