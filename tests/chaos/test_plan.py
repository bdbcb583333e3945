"""The faults of a run depend on its seed alone."""

from bench.chaos.plan import plan


def test_the_same_seed_gives_the_same_faults() -> None:
    assert plan(3, 600, 50, 3) == plan(3, 600, 50, 3)


def test_another_seed_gives_other_faults() -> None:
    assert plan(3, 600, 50, 3) != plan(4, 600, 50, 3)


def test_as_many_are_killed_as_asked_for() -> None:
    assert sum(fault.kind == "kill -9" for fault in plan(3, 600, 50, 3)) == 50


def test_every_process_is_killed_before_one_is_killed_twice() -> None:
    victims = [fault.target for fault in plan(3, 60, 9, 1) if fault.kind == "kill -9"]
    assert len(set(victims)) == 9


def test_of_one_broker_nobody_loses_two() -> None:
    assert "two brokers lost" not in {fault.kind for fault in plan(3, 600, 50, 1)}
