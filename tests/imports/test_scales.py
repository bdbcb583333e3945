"""Scales of satisfaction, by a mapping."""

from pathlib import Path

import pytest

from tests.imports.made import make, write_csv

_MAPPING = """
[customers]
id = "who"
[support_contacts]
occurred_at = "at"
contact_id = "id"
channel = "email"
satisfaction = "rating"
"""


@pytest.mark.parametrize(
    ("scale", "rating", "expected"),
    [
        ("stars", "4", 4),
        ("stars", "4.0", 4),
        ("percent", "0", 1),
        ("percent", "85", 4),
        ("percent", "100", 5),
        ("nps", "0", 1),
        ("nps", "6", 3),
        ("nps", "9", 5),
        ("good_bad", "good", 5),
        ("good_bad", "Bad", 1),
        ("good_bad", "offered", None),
    ],
)
def test_ratings_become_stars(tmp_path: Path, scale: str, rating: str, expected: int | None) -> None:
    path = write_csv(tmp_path / "t.csv", [{"who": "a", "at": "2024-03-01T00:00:00Z", "id": 1, "rating": rating}])
    (event,) = make(path, _MAPPING, f"support_contacts.satisfaction_scale={scale}").events
    assert event.get("satisfaction") == expected


@pytest.mark.parametrize(
    ("scale", "rating"), [("stars", "0"), ("stars", "85"), ("stars", "4.5"), ("percent", "101"), ("nps", "good")]
)
def test_a_rating_that_is_not_on_the_scale_is_refused(tmp_path: Path, scale: str, rating: str) -> None:
    path = write_csv(tmp_path / "t.csv", [{"who": "a", "at": "2024-03-01T00:00:00Z", "id": 1, "rating": rating}])
    made = make(path, _MAPPING, f"support_contacts.satisfaction_scale={scale}")
    assert made.faults() == {"support_contacts.satisfaction is not on the scale": 1}
    assert "satisfaction_scale" in made.refused[0].remedy
