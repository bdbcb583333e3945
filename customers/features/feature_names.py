"""Names of the features, in order, with their groups and the places of those that are used by themselves."""

from hashlib import blake2b
from typing import Final

FEATURE_GROUPS: Final[dict[str, str]] = {
    "log_recency": "silence",
    "log_age": "tenure",
    "log_last_gap": "rhythm",
    "log_mean_gap": "rhythm",
    "log_smoothed_gap": "rhythm",
    "log_longest_gap": "rhythm",
    "log_purchases_7": "rhythm",
    "log_purchases_30": "rhythm",
    "log_purchases_90": "rhythm",
    "log_purchases_365": "rhythm",
    "log_spend_90": "spend",
    "log_spend_365": "spend",
    "log_returns_90": "returns",
    "log_harmful_returns_90": "returns",
    "log_contacts_30": "contacts",
    "log_unresolved_90": "contacts",
    "log_unhappy_90": "contacts",
    "log_mean_amount": "spend",
    "log_mean_units": "spend",
    "log_purchases": "rhythm",
    "bought_once": "rhythm",
    "complaint_open": "contacts",
    "sentiment": "judgement",
    "expected_to_leave": "judgement",
    "recency_over_gap": "silence",
    "recency_by_purchases": "silence",
    "age_by_purchases": "tenure",
    "recency_by_age": "silence",
    "recency_squared": "silence",
    "purchases_squared": "rhythm",
    "age_squared": "tenure",
    "recency_share_of_age": "silence",
    "log_rate": "rhythm",
    "expected_silence": "rhythm",
    "overdue": "silence",
    "overdue_by_purchases": "silence",
    "recency_over_gap_squared": "silence",
    "log_evidence_of_silence": "silence",
    "twice_overdue": "silence",
    "longest_exceeded_by_purchases": "silence",
    "recency_over_recent_gap_squared": "silence",
    "change_of_gap_squared": "rhythm",
    "harmful_returns_by_recency": "returns",
    "unresolved_by_recency": "contacts",
}
"""Every feature, in order, with its group."""

FEATURE_NAMES: Final = tuple(FEATURE_GROUPS)
FEATURE_SET: Final = blake2b("\n".join(FEATURE_NAMES).encode(), digest_size=4).hexdigest()
"""Hash of this list; a model learnt on another one is refused."""

OBSERVED: Final = FEATURE_NAMES.index("expected_to_leave") + 1
"""Number of observed features, which come first; the others are derived from them."""

RECENCY: Final = FEATURE_NAMES.index("log_recency")
AGE: Final = FEATURE_NAMES.index("log_age")
MEAN_GAP: Final = FEATURE_NAMES.index("log_mean_gap")
SMOOTHED_GAP: Final = FEATURE_NAMES.index("log_smoothed_gap")
LONGEST_GAP: Final = FEATURE_NAMES.index("log_longest_gap")
SPEND_90: Final = FEATURE_NAMES.index("log_spend_90")
SPEND_365: Final = FEATURE_NAMES.index("log_spend_365")
PURCHASES: Final = FEATURE_NAMES.index("log_purchases")
BOUGHT_ONCE: Final = FEATURE_NAMES.index("bought_once")
