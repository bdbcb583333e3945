"""Figures of a shop as the pages about all customers are given them, some of them with bad intentions."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from desk.reading.effects import DepthGain, MeasuredEffect, MeasuredReturn, RuleUse, Verdict
from desk.reading.groups import CustomerGroup, GroupKind, ListedCustomer
from desk.reading.trust import JudgementHits, QualityDay
from desk.web.data.sources import EffectFigures
from schemas.records.score import ReasonInWords
from tests.desk.people_of_a_shop import SCRIPT

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _effect(action: str, effect: float, verdict: Verdict, more: int = 0, **where: object) -> MeasuredEffect:
    fields: dict[str, object] = {"scope": "all", "segment": "", "week": None, **where}
    return MeasuredEffect(
        action=action,
        treated=1840,
        held_out=790,
        effect=effect,
        low=effect - 2.1,
        high=effect + 2.1,
        always_low=effect - 3.9,
        always_high=effect + 3.9,
        cost=4.5,
        verdict=verdict,
        more=more,
        **fields,  # type: ignore[arg-type]
    )


FIGURES: Final = EffectFigures(
    effects=(
        _effect("call", 12.4, "helps"),
        _effect("coupon", -6.2, "harms"),
        _effect("letter", 1.3, "cannot_tell", 2400),
        _effect("call", 18.0, "helps", scope="segment", segment="keep_at_all_costs"),
        _effect("call", 2.0, "cannot_tell", 900, scope="segment", segment=SCRIPT),
        *(
            _effect(
                "call", 11.0 + 3.0 * (n % 4), "cannot_tell", scope="week", week=date(2025, 12, 1) + timedelta(weeks=n)
            )
            for n in range(13)
        ),
        _effect(SCRIPT, 4.0, "cannot_tell", scope="week", week=date(2026, 2, 23)),
    ),
    returns=(
        MeasuredReturn(
            action="",
            told=3680,
            cost=9100.0,
            margin=22816.0,
            margin_low=15600.0,
            margin_high=30000.0,
            return_on_spend=2.5,
            return_low=1.7,
            return_high=3.3,
            kept=212.0,
            kept_low=120.0,
            kept_high=300.0,
            cost_to_keep=43.0,
        ),
    ),
    depths=tuple(
        DepthGain(
            action=action,
            ranking="expected_gain",
            depth=n / 10,
            gain=scale * (900.0 * n - 60.0 * n * n),
            low=scale * (900.0 * n - 60.0 * n * n) - 140.0 * n,
            high=scale * (900.0 * n - 60.0 * n * n) + 140.0 * n,
        )
        for action, scale in (("call", 1.0), ("coupon", -0.4))
        for n in range(1, 11)
    ),
    days=tuple(
        QualityDay(
            day=date(2026, 2, 28) - timedelta(days=n),
            labels=4100 - 30 * n,
            base_rate=0.4,
            log_loss=0.512 + 0.004 * (n % 5),
            calibration_error=0.011 + 0.002 * (n % 7),
            prior_log_loss=0.673,
            auc=0.81,
            by_rule=0,
        )
        for n in range(30)
    ),
    hits=(
        JudgementHits(
            by=SCRIPT,
            judgements=80,
            waiting=12,
            right_share=0.61,
            model_right_share=0.74,
            disagreements=22,
            person_right=6,
            verdict="model",
        ),
    ),
)

USES: Final = (
    RuleUse(rule=SCRIPT, action="call", decisions=2630, told=1840, finished=1711, policy_versions=3),
    RuleUse(rule="complaint_first", action="none", decisions=51, told=0, finished=0, policy_versions=3),
)

_NAMES: Final[tuple[tuple[GroupKind, str], ...]] = (
    ("segment", "keep_at_all_costs"),
    ("segment", "win_back"),
    ("life_cycle", "slipping"),
    ("value_tier", "high"),
    ("reason", SCRIPT),
)

GROUPS: Final = tuple(
    CustomerGroup(
        kind=kind, name=name, customers=1200 - 100 * n, leavers=700.0 - 60 * n, value_at_risk=91_000.0 - 9000 * n
    )
    for n, (kind, name) in enumerate(_NAMES)
)

LISTED: Final = tuple(
    ListedCustomer(
        customer_id=f"=cmd|{n}" if n == 3 else SCRIPT if n == 4 else f"c-{4711 + n}",
        risk=0.9 - n / 1000,
        value_at_risk=900.0 - n,
        segment="keep_at_all_costs",
        life_cycle="slipping",
        value_tier="high",
        last_purchase_at=NOON if n % 2 else None,
        scored_at=NOON,
        reasons=(ReasonInWords("silence", 1.2, "Silent for 74 days, usually buys every 31."),),
        as_of=NOON,
    )
    for n in range(120)
)
