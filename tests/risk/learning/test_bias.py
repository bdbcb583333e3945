"""Bias: the mean risk given, beside the share of customers who left."""

from risk.learning.bias import Bias


def test_predictions_and_answers_are_averaged_alike() -> None:
    bias = Bias()

    for left in (True, False, False, False):
        bias.add(risk=0.25, left=left)

    assert (bias.predicted, bias.left) == (0.25, 0.25)


def test_old_answers_fade() -> None:
    bias = Bias()

    for number in range(20_000):
        bias.add(risk=0.5, left=number < 10_000)

    assert bias.left < 0.001
