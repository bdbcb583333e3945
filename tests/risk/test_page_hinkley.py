"""Our Page-Hinkley test is River's, number by number, and can be stopped and gone on with anywhere."""

from random import Random

import pytest
from river.drift import PageHinkley

from risk.drift import Detector

TOLERATED = 0.05


def shifting(seed: int) -> list[float]:
    """Values whose mean shifts now and then."""
    random = Random(seed)  # noqa: S311 - to be drawn again
    return [random.gauss(mean, 0.6) for mean in (0.0, 0.9, 0.9, -0.4, 0.0) for _ in range(600)]


@pytest.mark.parametrize("seed", range(4))
def test_it_notices_what_rivers_notices_at_the_same_values(seed: int) -> None:
    river, own = PageHinkley(min_instances=300, delta=TOLERATED, threshold=30.0), Detector(TOLERATED)
    expected, found = [], []
    for value in shifting(seed):
        river.update(value)  # type: ignore[no-untyped-call]
        expected.append(bool(river.drift_detected))
        found.append(own.update(value))

    assert sum(expected) >= 2
    assert found == expected


@pytest.mark.parametrize("after", [0, 1, 299, 300, 1_250])
def test_one_that_goes_on_from_the_numbers_of_another_notices_the_same(after: int) -> None:
    values = shifting(seed=9)
    whole, first, second = Detector(TOLERATED), Detector(TOLERATED), Detector(TOLERATED)
    expected = [whole.update(value) for value in values]
    found = [first.update(value) for value in values[:after]]
    second.resume(first.state)

    assert found + [second.update(value) for value in values[after:]] == expected
    assert second.state == whole.state


def test_numbers_that_are_too_few_are_refused() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        Detector(TOLERATED).resume([0.0, 1.0])
