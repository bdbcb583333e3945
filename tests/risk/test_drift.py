"""Whether customers still do what was learnt."""

from random import Random

from risk.drift import DriftWatch


def _told(watch: DriftWatch, random: Random, answers: int, *, turned: bool) -> None:
    for _ in range(answers):
        risk = random.random()
        watch.note(risk=risk, left=(random.random() < risk) != turned)


def test_answers_as_predicted_are_no_drift() -> None:
    watch = DriftWatch()

    _told(watch, Random(1), 5_000, turned=False)  # noqa: S311 - seeded, no secret

    assert watch.changes == 0


def test_customers_who_do_the_opposite_are_a_drift() -> None:
    watch, random = DriftWatch(), Random(1)  # noqa: S311 - seeded, no secret
    _told(watch, random, 2_000, turned=False)

    _told(watch, random, 1_000, turned=True)

    assert watch.changes > 0


def test_what_was_predicted_and_what_came_are_averaged_alike() -> None:
    watch = DriftWatch()

    for left in (True, False, False, False):
        watch.note(risk=0.25, left=left)

    assert (watch.predicted, watch.left) == (0.25, 0.25)
