"""``stayline retention evaluate`` and ``rules``: what the log of decisions says of other playbooks."""

from pathlib import Path
from typing import Annotated, Final

import typer

from retention.catalogue.compiled import compile_playbook
from retention.effects.intervals import Estimate
from retention.effects.verdict import FEWEST
from retention.learning.gain_learner import FEWEST_OUTCOMES
from retention.outcomes.logged import usable
from retention.policy.evaluation import PlaybookEvaluation
from retention.policy.learnt_rules import playbook_text, rules_of_log
from retention.policy.off_policy import PolicyComparison
from schemas.errors import UsageError
from streams.playbook_trial import LIMITS, WHY_UNUSABLE, evaluated, read_settled
from streams.retention_file import FILE, load_playbook
from streams.settings import load_settings

_FEWEST: Final = 200
"""Decisions below which rules are not searched for: half of them choose, and a group has at least a hundred."""


def evaluate(
    other: Annotated[Path, typer.Argument(metavar="OTHER.toml", help="The playbook that you think of switching to.")],
    decided: Annotated[
        Path | None,
        typer.Option(
            "--decided-by", help=f"The playbook that decided; unset: retention.playbook, {FILE} here, or the default."
        ),
    ] = None,
) -> None:
    """Estimate what another playbook would have brought on the decisions made so far, before you switch to it.

    It reads settled decisions from ClickHouse (stayline_analyst may), and says: better, worse, cannot tell (about N
    more decisions), or no support in the log. Margin less cost a decision, without those held out, is estimated in two
    ways that should agree: doubly robust, by whose always-valid interval the verdict is given, and self-normalised
    inverse propensity scores. The effective number of decisions says how many agree with the other playbook. The first
    verdict is on the playbook as it begins, by its guesses; the second on what it would do once it has learnt from as
    many outcomes. Where too few customers have bought to say anything, no gain is shown.

    For example: `stayline retention evaluate other.toml`
    """
    settings = load_settings()
    other_book = compile_playbook(load_playbook(other))
    decided_book = compile_playbook(load_playbook(decided or settings.retention.playbook))
    logged = read_settled(settings.clickhouse)
    found = evaluated(logged, other_book, decided_book)
    for line in _lines(str(other), found, settings.money.reporting_currency):
        typer.echo(line)


def show_rules() -> None:
    """Find at most four simple rules in the decisions made so far, to be pasted into retention.toml.

    Half of the customers choose the rules (the best tree of depth two on doubly robust scores less cost), the other
    half say what each brings. Each is a sentence with its number of customers, the gain a customer beyond doing nothing
    with its 95 % interval, and how often the action was done among them. Put them in the place of your own rules, or
    before them, and check the file.

    For example: `stayline retention rules >> retention.toml`, then `stayline retention check`
    """
    logged = read_settled(load_settings().clickhouse)
    used = usable(logged)
    if len(used) < _FEWEST:
        raise UsageError(
            f"of {len(logged):,} settled decisions, {len(used):,} can be used, and rules need at least {_FEWEST}: "
            f"{WHY_UNUSABLE}; wait for more; stayline retention power says how many an effect takes"
        )
    typer.echo(playbook_text(rules_of_log(used)), nl=False)


def _lines(name: str, found: PlaybookEvaluation, currency: str) -> list[str]:
    return [
        f"{name}: {found.comparison}",
        f"The same, once it has learnt from as many outcomes: {_learnt_verdict(found)}",
        "",
        *_figures(name, found.comparison, currency),
        *_difference("By its guesses", found.comparison),
        *([] if found.learnt is None else _difference("Once it has learnt", found.learnt)),
        f"From {found.decisions:,} decisions of {found.customers:,} customers.",
        f"On {found.differs:.0%} of them it would have done something else than was most likely.",
        f"Left out: {found.unknown:,} for which its choice cannot be reproduced,",
        f"{found.left_out:,} that say nothing of any playbook (held out for sure, or without their score).",
        *LIMITS,
    ]


def _learnt_verdict(found: PlaybookEvaluation) -> str:
    if found.learnt is not None:
        return str(found.learnt)
    return f"cannot tell yet (it learns of an action done {FEWEST} times, from {FEWEST_OUTCOMES} outcomes on)"


def _figures(name: str, comparison: PolicyComparison, currency: str) -> list[str]:
    value, baseline = comparison.value, comparison.other
    unit = f"   {currency} a decision, 95 % for one look" if comparison.tells else ""
    gains = [
        f"{'doubly robust':24}{_written(baseline.doubly_robust):>24}{_written(value.doubly_robust):>32}",
        f"{'self-normalised IPS':24}{_written(baseline.self_normalised):>24}{_written(value.self_normalised):>32}",
    ]
    return [
        f"{'':24}{'as decided':>24}{name[:30]:>32}{unit}",
        *(gains if comparison.tells else []),
        f"{'effective decisions':24}{baseline.effective:>24,.0f}{value.effective:>32,.0f}",
        f"{'never done in the log':24}{baseline.unsupported:>24.1%}{value.unsupported:>32.1%}",
        "",
    ]


def _difference(what: str, comparison: PolicyComparison) -> list[str]:
    """Return the gain over what was decided; none where the log says too little."""
    if not comparison.tells:
        return []
    within = comparison.difference.always
    return [
        f"{what}: {comparison.difference.value:+.2f} a decision, at all looks {within.low:+.2f} to {within.high:+.2f}."
    ]


def _written(estimate: Estimate) -> str:
    within = estimate.fixed
    return f"{estimate.value:.2f} ± {(within.high - within.low) / 2.0:.2f}"
