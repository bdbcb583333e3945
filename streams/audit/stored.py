"""Compares ClickHouse with Kafka: by checksum first, row by row only where these differ."""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from sinks.queries.checksums import AuditedTable, StoredCut, checksums, listed, names
from streams.audit.compare import NO_GAP, Between, Gap, locate
from streams.audit.fingerprint import Mask, Prints, contains
from streams.audit.index import FingerprintIndex, Total
from streams.audit.resolver import AskTable
from streams.audit.result import Comparison, Names

_TRIMMED = "Kafka no longer has everything; only what is missing is looked for"


def compare_stored(
    settings: ClickHouseSettings,
    between: Between,
    stored: AuditedTable,
    indexes: Mapping[str, FingerprintIndex],
    cut: StoredCut,
    late: Container[str],
    trimmed: Container[str],
    name: Callable[[str, Gap, AskTable], Names],
) -> Iterator[Comparison]:
    """Compare a table with what Kafka has of it.

    Args:
        settings: Where ClickHouse is.
        between: What that is called.
        stored: The table.
        indexes: What Kafka has, by part.
        cut: Up to where rows count.
        late: Parts that are not stored so far, and not compared.
        trimmed: Parts whose beginning Kafka no longer has.
        name: Finds names for a gap of a part.

    Raises:
        ServerUnreachableError: ClickHouse does not answer.
        FatalError: It refuses the question.
    """
    with open_client(settings) as client:
        tallies = checksums(client, stored, cut)
        for part in sorted({*indexes, *tallies}, key=_in_order):
            if part in late:
                continue
            index = indexes.get(part, FingerprintIndex())
            expected, found = index.total(), Total(*tallies.get(part, (0, 0)))
            gap = NO_GAP
            if expected != found:
                rows, settled = listed(client, stored, cut, part)
                elsewhere = partial(_elsewhere, indexes, part)
                gap = locate(index.expected(), index.prints, rows, settled, elsewhere)
            remark = ""
            if part in trimmed:
                gap, remark = replace(gap, extra=0, extra_prints=NO_GAP.extra_prints), _TRIMMED
            gap = replace(gap, shared_prints=np.union1d(gap.shared_prints, index.shared))
            called = name(part, gap, partial(names, client, stored))
            yield Comparison.of(between, part, expected.count, found.count, gap, called, remark)


def _elsewhere(indexes: Mapping[str, FingerprintIndex], part: str, prints: Prints) -> Mask:
    others = [contains(index.prints, prints) for name, index in indexes.items() if name != part]
    return np.asarray(np.logical_or.reduce([np.zeros(len(prints), np.bool_), *others]), np.bool_)


def _in_order(part: str) -> tuple[int, str]:
    return (int(part), "") if part.isdigit() else (0, part)
