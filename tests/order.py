"""In which order tests run and which of them stay together, so that several workers are done at about the same time."""

from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER: Final = {
    "tests/startup/test_changes.py": "startup",
    "tests/startup/test_disk.py": "startup",
    "tests/startup/test_full_clickhouse.py": "startup",
    "tests/startup/test_fuzz_live.py": "startup",
    "tests/startup/test_spoilt_customer.py": "startup",
    "tests/startup/test_wrong_servers.py": "startup",
    "tests/deploy/test_compose_order.py": "composed",
    "tests/deploy/test_observability.py": "composed",
    "tests/intake/test_exactly_once.py": "events",
    "tests/intake/test_refusals.py": "events",
    "tests/intake/test_slow_broker.py": "events",
    "tests/intake/test_start.py": "events",
    "tests/integration/test_learn.py": "learning",
    "tests/integration/test_learner.py": "learning",
    "tests/local/test_kafka.py": "pages",
    "tests/observability/test_commands.py": "watched",
    "tests/observability/test_watching.py": "watched",
    "tests/publish/test_failing.py": "publish",
    "tests/publish/test_told_to_end.py": "publish",
    "tests/sinks/alerts/test_notifier.py": "sinks",
    "tests/sinks/load/test_sink.py": "sinks",
    "tests/worker/test_exactly_once.py": "pages",
    "tests/worker/test_failures.py": "events",
    "tests/runtime/test_latest_value.py": "pages",
}
"""Files that share servers or processes, which take longer to start than these tests to run."""

LONGEST_FIRST: Final = (
    "tests/chaos/test_short.py",
    "tests/grow/test_grow.py",
    "tests/forget/test_forget.py",
    "tests/startup/",
    "tests/worker/",
    "tests/security/test_secured.py",
    "tests/observability/test_watching.py",
    "tests/observability/",
    "tests/integration/",
    "tests/grow/test_moving.py",
    "tests/deploy/",
    "tests/risk/evaluation/test_ablation.py",
    "tests/demo/test_demo.py",
    "tests/audit/test_audit.py",
    "tests/sinks/load/test_sink.py",
    "tests/sinks/alerts/test_notifier.py",
    "tests/upgrade/",
    "tests/intake/",
    "tests/publish/",
    "tests/local/",
    "tests/backtest/",
    "tests/sinks/",
)
"""Files, or folders of them, as measured on two cores; whatever is not named here is quick and fills the gaps."""


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # it ships no types
    """Gives each worker whole files, or what ``TOGETHER`` keeps together, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return TOGETHER.get(file, file)


def rank(item: pytest.Item) -> int:
    """Where a test's file stands in ``LONGEST_FIRST``; after its end where it is not named."""
    ranks = (number for number, long in enumerate(LONGEST_FIRST) if item.nodeid.startswith(long))
    return next(ranks, len(LONGEST_FIRST))
