"""The floor: what the pure steps of a purchase take in a plain loop; no carriage can be faster."""

import gc
import time
from collections import defaultdict
from collections.abc import Iterable
from itertools import islice
from typing import Final

from bench.stage import Output, Run
from customers.advance import Case, advance_all, receive
from customers.encode import decode_customer, encode_customer
from customers.facts import Fact, decode_line, fact_of
from customers.policy import policy_of
from customers.schedule import due_at
from customers.state import Customer
from risk.judge import RiskJudge
from risk.records import score_of
from schemas.model import decode_model
from schemas.pages import decode_lines_as
from schemas.records import encode_record
from schemas.settings import RiskSettings, SegmentSettings
from streams.memory import collect_rarely

_TOGETHER: Final = 64


def run_floor(pages: Iterable[bytes], events: int, model: bytes) -> tuple[Run, list[Output]]:
    """Fold and score all lines of some pages in this process, with the customers in a dictionary.

    Args:
        pages: Their lines.
        events: How many lines.
        model: As published.
    """
    risk = RiskSettings()
    policy, judge = policy_of(risk), RiskJudge(risk, SegmentSettings(), "USD")
    judge.take(decode_model(model))
    kept: dict[str, bytes] = {}
    outputs: list[Output] = []
    gc.collect()
    collect_rarely()
    began, worked = time.perf_counter(), time.process_time()
    for page in pages:
        facts: dict[str, list[Fact]] = defaultdict(list)
        for line in decode_lines_as(page, decode_line):
            facts[line.customer_id].append(fact_of(line))
        waiting = iter(facts.items())
        while cases := [_case(name, kept.get(name), new) for name, new in islice(waiting, _TOGETHER)]:
            advance_all(cases, max(fact.stamp for new in facts.values() for fact in new), policy, judge)
            for case in cases:
                for scored in case.outcome.scored:
                    record = encode_record(score_of(case.customer_id, scored))
                    outputs.append(Output(0, case.customer_id, record))
                kept[case.customer_id] = encode_customer(case.customer, due_at(case.customer))
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - worked
    gc.unfreeze()
    return Run(events / seconds, cpu_seconds / events * 1e6, None), outputs


def _case(customer_id: str, kept: bytes | None, facts: Iterable[Fact]) -> Case:
    customer = Customer() if kept is None else decode_customer(kept)
    for fact in facts:
        receive(customer, fact)
    return Case(customer_id, customer)
