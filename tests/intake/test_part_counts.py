"""Counts of channels and campaigns stay small whatever the campaigns are called."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.pages.hourly_counts import HourlyCounts
from streams.intake.clock import Checkpoint, encode_checkpoint
from streams.intake.part_counts import MOST_NAMES, PartsOfHours, count_parts, most_frequent, stored_parts

names = st.text(min_size=1, max_size=128)


@given(campaigns=st.lists(st.sampled_from("abc") | names, max_size=300))
def test_what_lies_beside_an_offset_is_small(campaigns: list[str]) -> None:
    counts: PartsOfHours = {}
    for campaign in campaigns:
        count_parts(counts, 480_000, "web", campaign)

    stored = stored_parts(counts)

    assert len(encode_checkpoint(Checkpoint(0, live=True, parts=stored)).encode()) < 3_000
    assert all(len(of_hour) <= MOST_NAMES for of_hour in counts.values())
    kept = [events for of_hour in stored.values() for events in of_hour.values()]
    left = [events for hour, own in counts.items() for name, events in own.items() if name not in stored.get(hour, {})]
    assert min(kept, default=0) >= max(left, default=0)


def test_of_a_batch_the_most_frequent_campaigns_are_told() -> None:
    parts: HourlyCounts = {f"purchases/campaign/{number}": {1: number + 1} for number in range(3 * MOST_NAMES)}
    parts["purchases/channel/web"] = {1: 1}

    told = most_frequent(parts)

    frequent = {f"purchases/campaign/{number}" for number in range(2 * MOST_NAMES, 3 * MOST_NAMES)}
    assert set(told) == frequent | {"purchases/channel/web"}
