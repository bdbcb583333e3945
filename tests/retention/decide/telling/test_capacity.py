"""Capacity of days: units taken, given back, and counted anew after a restart."""

from pathlib import Path

import pytest

from retention.decide.telling.capacity import CapacityPlan
from schemas.errors import UsageError
from schemas.moments import DAY_MS, HOUR_MS
from schemas.settings.risk import RetentionSettings
from streams.capacity import capacity_plans
from tests.retention.decide.cases import NOW, action, book_of


def plan(capacity: int = 1, quiet: tuple[str, ...] = ()) -> CapacityPlan:
    """Units of one action, from a Friday on."""
    book = book_of(actions={"call": action(capacity_per_day=capacity)}, contacts={"quiet_days": quiet})
    return CapacityPlan(book)


def test_a_unit_is_of_the_first_day_that_has_one_and_is_no_quiet_day() -> None:
    placed = plan(quiet=("saturday",))
    units = [placed.place_within("call", NOW + HOUR_MS, NOW + 4 * DAY_MS) for _ in range(4)]
    assert units == [NOW + HOUR_MS, NOW + 2 * DAY_MS, NOW + 3 * DAY_MS, None]


def test_a_unit_given_back_can_be_taken_again_and_none_is_given_back_that_was_not_taken() -> None:
    placed = plan()
    placed.release("call", NOW)
    placed.use("call", NOW)
    assert placed.place_within("call", NOW, NOW + HOUR_MS) is None
    placed.release("call", NOW)
    assert placed.place_within("call", NOW, NOW + HOUR_MS) == NOW
    assert placed.place_within("call", NOW, NOW + HOUR_MS) is None


def test_an_action_that_the_playbook_does_not_have_gets_no_unit() -> None:
    assert plan().place_within("fly", NOW, NOW + DAY_MS) is None


def test_each_plan_of_the_settings_begins_with_nothing_used(tmp_path: Path) -> None:
    file = tmp_path / "retention.toml"
    new_plan = capacity_plans(RetentionSettings())
    assert new_plan is not None
    name = new_plan().names[0]
    new_plan().use(name, NOW)
    assert new_plan().used == {}
    assert capacity_plans(RetentionSettings(enabled=False)) is None
    with pytest.raises(UsageError, match="cannot be read"):
        capacity_plans(RetentionSettings(playbook=file))
