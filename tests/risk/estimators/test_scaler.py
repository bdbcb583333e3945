import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import preprocessing

from risk.estimators.scaler import RunningScaler
from tests.risk.estimators.river_checks import checks_of

_ROWS = st.lists(st.dictionaries(st.sampled_from("abc"), st.floats(-1e6, 1e6)), min_size=1, max_size=30)


@pytest.mark.parametrize("check", checks_of(RunningScaler()), ids=lambda check: check.__name__)
def test_the_scaler_passes_rivers_own_checks(check: Callable[[Any], None]) -> None:
    check(RunningScaler())


@given(_ROWS)
def test_the_scaler_standardises_as_rivers_does_even_where_features_come_and_go(rows: list[dict[Any, float]]) -> None:
    ours = RunningScaler(bound=np.inf)
    rivers: Any = preprocessing.StandardScaler()

    for row in rows:
        ours.learn_one(row)
        rivers.learn_one(row)

    assert ours.transform_one(rows[0]) == pytest.approx(rivers.transform_one(rows[0]), rel=1e-9, abs=1e-12)


@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), min_size=1, max_size=30))
def test_ordered_rows_and_dictionaries_give_the_same_to_the_last_bit(rows: list[list[float]]) -> None:
    ordered, named = RunningScaler(), RunningScaler()
    ordered.register("abc")

    for row in rows:
        x: dict[Any, float] = dict(zip("abc", row, strict=True))
        named.learn_one(x)
        expected = list(named.transform_one(x).values())
        assert ordered.learn_and_transform_ordered(np.array(row)).tolist() == expected


@given(_ROWS)
def test_nothing_that_comes_out_lies_beyond_the_bound(rows: list[dict[Any, float]]) -> None:
    scaler = RunningScaler(bound=0.5)

    for row in rows:
        scaler.learn_one(row)

    assert all(abs(value) <= 0.5 for row in rows for value in scaler.transform_one(row).values())


@given(_ROWS)
def test_inputs_are_left_unchanged(rows: list[dict[Any, float]]) -> None:
    scaler, before = RunningScaler(), copy.deepcopy(rows)

    for row in rows:
        scaler.learn_one(row)
        scaler.transform_one(row)

    assert rows == before


def test_a_feature_never_met_says_nothing() -> None:
    scaler = RunningScaler()
    scaler.learn_one({"a": 1.0})
    scaler.learn_one({"a": 2.0})

    assert scaler.transform_one({"a": 2.0, "new": 5.0}) == {"a": pytest.approx(1.0), "new": 0.0}
