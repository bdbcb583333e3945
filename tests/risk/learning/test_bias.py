"""Whether risks lie at the height of what happens."""

from risk.learning.bias import Bias


def test_what_was_predicted_and_what_came_are_averaged_alike() -> None:
    level = Bias()

    for left in (True, False, False, False):
        level.note(risk=0.25, left=left)

    assert (level.predicted, level.left) == (0.25, 0.25)


def test_what_came_long_ago_fades() -> None:
    level = Bias()

    for number in range(20_000):
        level.note(risk=0.5, left=number < 10_000)

    assert level.left < 0.001
