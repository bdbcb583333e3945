"""River's own checks of estimators, run without scikit-learn."""

import sys
from collections.abc import Callable
from functools import partial, update_wrapper
from types import ModuleType
from typing import Any

import pytest
from river.base import Estimator
from river.checks import yield_checks


def checks_of(model: Estimator) -> list[Callable[[Any], None]]:
    """Return River's checks for an estimator; each needs a fresh one."""
    # River asks for scikit-learn before it looks whether the data of it are wanted, which is so for other estimators.
    with pytest.MonkeyPatch.context() as patched:
        absent = ModuleType("sklearn")
        absent.datasets = None  # type: ignore[attr-defined]
        patched.setitem(sys.modules, "sklearn", absent)
        checks = list(yield_checks(model))
    return [update_wrapper(partial(_alone, check), check) for check in checks]


def _alone(check: Callable[[Any], None], model: Estimator) -> None:
    check(model)
