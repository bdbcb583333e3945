"""Gives the notifier the capacity of the playbook: what can be done on each day."""

from collections.abc import Callable
from functools import partial

from retention.catalogue.compiled import compile_playbook
from retention.decide.telling.capacity import CapacityPlan
from schemas.settings.risk import RetentionSettings
from streams.retention_file import load_playbook


def capacity_plans(retention: RetentionSettings) -> Callable[[], CapacityPlan] | None:
    """Return what makes plans with nothing used; None where nothing is decided.

    Args:
        retention: Names the playbook.

    Raises:
        UsageError: The playbook cannot be read or is not valid.
    """
    if not retention.enabled:
        return None
    return partial(CapacityPlan, compile_playbook(load_playbook(retention.playbook)))
