"""Findings on actions, from the sums of their outcomes."""

from typing import Final

import numpy as np
import pytest

from retention.learning.evidence import judged, with_outcome
from schemas.records.learnt_policy import ActionEvidence
from tests.sinks.records import outcome

_DECISIONS: Final = 3_000
_LIVES: Final = 100


def test_purchases_are_counted_apart_from_decisions() -> None:
    evidence = ActionEvidence("s")
    for held_out, bought in ((False, True), (False, False), (True, True), (True, True), (True, False)):
        evidence = with_outcome(evidence, outcome("c1", held_out=held_out, bought=bought, gain_score=1.0))

    assert (evidence.treated, evidence.treated_bought) == (2, 1)
    assert (evidence.held_out, evidence.held_out_bought) == (3, 2)


@pytest.mark.parametrize("share", [1.0 / 30.0, 0.1])
def test_where_few_buy_and_few_are_held_out_an_action_without_effect_is_hardly_ever_found_to_help(share: float) -> None:
    found = [_finding_without_effect(seed, share) for seed in range(_LIVES)]

    assert sum(one in {"helps", "pays"} for one in found) <= 0.05 * _LIVES


def _finding_without_effect(seed: int, share: float) -> str:
    """Return what is found on an action without effect that was expected to bring five, looked at all the time."""
    random = np.random.default_rng(seed)
    held_out = random.random(_DECISIONS) < share
    bought = random.random(_DECISIONS) < 0.03
    margin = np.where(bought, random.lognormal(2.5, 1.5, _DECISIONS), 0.0)
    expected, gain = 0.03 * float(np.exp(2.5 + 1.5**2 / 2.0)), 5.0
    treated = gain + (margin - expected - gain) / (1.0 - share)
    scores = np.where(held_out, gain - (margin - expected) / share, treated)
    evidence = ActionEvidence("s")
    for seen in range(100, _DECISIONS + 1, 100):
        now = slice(0, seen)
        sums = ActionEvidence(
            signature="s",
            treated=int((~held_out[now]).sum()),
            held_out=int(held_out[now].sum()),
            treated_bought=int((bought & ~held_out)[now].sum()),
            held_out_bought=int((bought & held_out)[now].sum()),
            total=float(scores[now].sum()),
            squares=float((scores[now] ** 2).sum()),
            finding=evidence.finding,
        )
        evidence = judged(sums, 0.0)
    return evidence.finding
