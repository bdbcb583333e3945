"""The floor: what the pure steps of a purchase, deciding included, take in a plain loop; no transport is faster."""

import gc
import time
from collections import defaultdict
from collections.abc import Iterable
from itertools import islice
from typing import Final

from bench.kit.broker import EngineRun, Output
from customers.advance import advance_all, receive
from customers.case import Case
from customers.encoding.encode import decode_customer, encode_customer
from customers.fact_line import decode_line
from customers.facts import Fact, fact_of
from customers.policy import policy_of
from customers.reviews.looks import Planned
from customers.reviews.schedule import due_at
from customers.state import Customer
from retention.catalogue.compiled import compile_playbook
from retention.policy.deciding import planner_of
from risk.scoring.records import score_of
from risk.scoring.scorer import RiskScorer
from runtime.service.garbage_collection import collect_rarely
from schemas.pages.page import decode_lines_as
from schemas.records.encode import encode_record
from schemas.records.model import decode_model
from schemas.settings.risk import AlertSettings, RiskSettings, SegmentSettings
from streams.retention_file import load_playbook

_TOGETHER: Final = 64


class Floor:
    """Customers in a dictionary, and the steps that their purchases take, in this process."""

    def __init__(self, model: bytes) -> None:
        """Begin without customers.

        Args:
            model: As published.
        """
        risk = RiskSettings()
        self._policy, self._judge = policy_of(risk), RiskScorer(risk, SegmentSettings(), "USD")
        self._judge.load(decode_model(model))
        plans = planner_of(compile_playbook(load_playbook()), AlertSettings(), risk.margin)
        self._planner = plans(self._policy, lambda _: self._judge)
        self._kept: dict[str, bytes] = {}

    def run(self, pages: Iterable[bytes], events: int) -> tuple[EngineRun, list[Output]]:
        """Fold and score all lines of some pages.

        Args:
            pages: Their lines.
            events: How many lines.
        """
        outputs: list[Output] = []
        gc.collect()
        collect_rarely()
        began, worked = time.perf_counter(), time.process_time()
        for page in pages:
            self._take(page, outputs)
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - worked
        gc.unfreeze()
        return EngineRun(events / seconds, cpu_seconds / events * 1e6, None), outputs

    def _take(self, page: bytes, outputs: list[Output]) -> None:
        facts: dict[str, list[Fact]] = defaultdict(list)
        for line in decode_lines_as(page, decode_line):
            facts[line.customer_id].append(fact_of(line))
        clock = max(fact.stamp for new in facts.values() for fact in new)
        waiting = iter(facts.items())
        while cases := [_case(name, self._kept.get(name), new) for name, new in islice(waiting, _TOGETHER)]:
            advance_all(cases, clock, self._policy, self._judge, planner=self._planner)
            for case in cases:
                for scored in case.result.scored:
                    record = encode_record(score_of(case.customer_id, scored))
                    outputs.append(Output(0, case.customer_id, record))
                    _encode(scored.planned)
                self._kept[case.customer_id] = encode_customer(case.customer, due_at(case.customer))


def _encode(planned: Planned) -> None:
    """Encode what deciding says beside a score, which nobody reads here."""
    for notice in planned.notices:
        encode_record(notice)
    if planned.decision is not None:
        encode_record(planned.decision)
    for outcome in planned.outcomes:
        encode_record(outcome)


def _case(customer_id: str, kept: bytes | None, facts: Iterable[Fact]) -> Case:
    customer = Customer() if kept is None else decode_customer(kept)
    for fact in facts:
        receive(customer, fact)
    return Case(customer_id, customer)
