"""Opens the outcome of a new decision: all that will be needed to tell what it brought, as it was known then."""

from collections.abc import Mapping
from typing import Final

from retention.catalogue.compiled import CompiledPlaybook
from retention.catalogue.playbook import NONE
from retention.decide.chance.revealed_draw import RevealedDraw, revealed_in, season_of
from retention.decide.memory.state import RetentionState
from retention.decide.policy_state import PolicyInForce
from retention.outcomes.open_outcome import OpenOutcome
from schemas.moments import DAY_MS, to_ms
from schemas.records.decisions import RetentionDecision
from schemas.records.encode import PUBLISHED_DIGITS
from schemas.records.score import Score

_YEAR_DAYS: Final = 365.0


def open_outcome(
    state: RetentionState,
    decision: RetentionDecision,
    score: Score,
    features: bytes,
    policy: PolicyInForce,
    grace_ms: int,
) -> None:
    """Add the outcome of a decision to those of its customer, and note what it reveals of the holdout's draw.

    Args:
        state: Changed in place.
        decision: New decision.
        score: The score at which it was made.
        features: Snapshot of the features at this score.
        policy: The policy that decided.
        grace_ms: Time after the horizon in which late events are waited for, ms.
    """
    book, decided_at = policy.book, to_ms(decision.decided_at)
    shares = dict(zip(book.names, policy.holdout_shares, strict=True))
    draw = revealed_in(season_of(decided_at, book.playbook.holdout.season_days), state.draw)
    share = shares.get(decision.action, 0.0)
    horizon_days = _horizon_days(decision, book)
    expected_margin = (1.0 - score.risk) * score.yearly_margin * horizon_days / _YEAR_DAYS
    state.outcomes.append(
        OpenOutcome(
            decided_at=decided_at,
            action=decision.action,
            held_out=decision.held_out,
            horizon_ms=round(horizon_days * DAY_MS),
            grace_ms=grace_ms,
            cost=decision.cost,
            rule=decision.rule,
            segment=decision.segment,
            risk=decision.risk,
            value_at_risk=decision.value_at_risk,
            policy_version=decision.policy_version,
            probability=_in_effect(decision.propensity, shares, draw),
            held_out_probability=draw.share_given(share) if decision.action != NONE else 0.0,
            expected_margin=round(expected_margin, PUBLISHED_DIGITS),
            expected_gain=decision.expected_gain,
            guesses=_guesses(decision, book),
            features=features,
        )
    )
    state.draw = draw.after(share, held_out=decision.held_out) if decision.action != NONE else draw


def _horizon_days(decision: RetentionDecision, book: CompiledPlaybook) -> float:
    actions = book.playbook.actions
    if decision.action != NONE:
        return actions[decision.action].horizon_days
    return max(actions[name].horizon_days for name in decision.propensity if name != NONE)


def _in_effect(propensity: Mapping[str, float], shares: Mapping[str, float], draw: RevealedDraw) -> dict[str, float]:
    """Return the probability that each action is drawn and not held out; the rest is that of doing nothing."""
    probability = {
        name: drawn * (1.0 - draw.share_given(shares[name])) for name, drawn in propensity.items() if name != NONE
    }
    return {**probability, NONE: max(1.0 - sum(probability.values()), 0.0)}


def _guesses(decision: RetentionDecision, book: CompiledPlaybook) -> dict[str, float]:
    """Return the gain of each allowed action by the guess of the rule that applied, reporting currency."""
    rule = next(rule for rule in book.rules if rule.name == decision.rule)
    return {
        name: round(float(rule.keeps[index] * decision.value_at_risk + rule.brings[index]), PUBLISHED_DIGITS)
        for index, name in enumerate(book.names)
        if name in decision.propensity
    }
