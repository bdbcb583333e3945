"""A running intake that is fed noise and spoilt events."""

import pytest

from bench.fuzz.live import fuzz_intake
from tests.integration.stack import LocalPipeline
from tests.kit.suite.cases import cases

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("damage"), pytest.mark.takes(10)]

CASES = cases(3_000, usual=1_000)


def test_every_byte_string_becomes_one_line_or_one_dead_letter_by_where_it_lay(pipeline: LocalPipeline) -> None:
    outcome = fuzz_intake(pipeline.kafka, CASES, seed=3, folder=pipeline.folder)
    assert (outcome.missing, outcome.repeated, outcome.unknown) == (set(), set(), 0)
    assert outcome.counts.total() == CASES
