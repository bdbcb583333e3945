"""Evidence on what each action brings, as sums of gain scores, and what follows from it."""

from math import inf, sqrt
from typing import Final

import msgspec

from retention.effects.intervals import Estimate
from retention.effects.verdict import brings_less_than_it_costs, verdict_of
from schemas.records.decisions import DecisionOutcome
from schemas.records.learnt_policy import ActionEvidence

_SHARE_LEFT: Final = {"": 1.0, "helps": 2.0 / 3.0, "pays": 1.0 / 3.0, "stopped": 1.0}
"""Part of the playbook's holdout share by what was found: of 30 %, 20 % and 10 % are held out."""

_DIGITS: Final = 6


def with_outcome(evidence: ActionEvidence, outcome: DecisionOutcome) -> ActionEvidence:
    """Return the evidence that has this outcome, too; one without a gain score changes nothing.

    Args:
        evidence: On the action.
        outcome: Of a decision for the action.
    """
    score = outcome.gain_score
    if score is None:
        return evidence
    return msgspec.structs.replace(
        evidence,
        treated=evidence.treated + (not outcome.held_out),
        held_out=evidence.held_out + outcome.held_out,
        treated_bought=evidence.treated_bought + (outcome.bought and not outcome.held_out),
        held_out_bought=evidence.held_out_bought + (outcome.bought and outcome.held_out),
        total=evidence.total + score,
        squares=evidence.squares + score * score,
    )


def effect_of(evidence: ActionEvidence) -> Estimate:
    """Return the effect of the action on the margin of a decision.

    Each score is unbiased given all that was known at its decision, so decisions count as independent of each other;
    a customer has more than one in a season only where the holdout was still open.
    """
    number = evidence.treated + evidence.held_out
    if number < 2:  # noqa: PLR2004 - one decision has no spread
        return Estimate(evidence.total, inf, number, number)
    mean = evidence.total / number
    variance = max(evidence.squares - number * mean * mean, 0.0) / (number - 1)
    return Estimate(mean, sqrt(variance / number), number, number)


def judged(evidence: ActionEvidence, cost: float) -> ActionEvidence:
    """Return the evidence with what follows from it by the always-valid interval.

    A finding stays: the interval holds at all looks at once, so what it has excluded is excluded, and who is held out
    must not change to and fro. Only stopping goes further, and is for good.

    Args:
        evidence: On the action.
        cost: Cost of carrying it out, reporting currency.
    """
    effect = effect_of(evidence)
    verdict = verdict_of(effect, min(evidence.treated_bought, evidence.held_out_bought))
    if evidence.finding == "stopped" or verdict == "no_support":
        return evidence
    if brings_less_than_it_costs(effect, cost):
        return msgspec.structs.replace(evidence, finding="stopped")
    if verdict == "helps" and evidence.finding != "pays":
        return msgspec.structs.replace(evidence, finding="pays" if effect.always.low > cost else "helps")
    return evidence


def share_held_out(evidence: ActionEvidence, playbook_share: float) -> float:
    """Return the share of customers to hold out from an action: less of it once more is known of its effect.

    Args:
        evidence: On the action.
        playbook_share: Share by the playbook.
    """
    return round(playbook_share * _SHARE_LEFT[evidence.finding], _DIGITS)
