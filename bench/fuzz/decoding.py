"""Decodes byte strings: each becomes one line or one dead letter, never an exception or a silence."""

import sys
import tempfile
import time
from base64 import b64encode
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bench.fuzz.live import LiveOutcome, fuzz_intake
from bench.fuzz.mutations import STAMPED_AT, Mutations
from deploy.local.kafka import KafkaCluster
from schemas.events.dead_letter import Refusal, dead_letter_of, decode_dead_letter, encode_dead_letter
from schemas.events.decode import decode
from schemas.events.interaction import Interaction, Origin, decode_interaction, encode_interaction
from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import IntakeSettings, WorkerSettings
from schemas.settings.risk import MoneySettings
from streams.topics import create_topics

_MOST_SHOWN = 10
_RAW_PARTITIONS = 4
_CUSTOMER_PARTITIONS = 4


@dataclass
class FuzzOutcome:
    """Results of decoding all cases.

    Attributes:
        cases: How many there were.
        seconds: How long it took, drawing included.
        counts: How many were taken, or refused for each reason.
        wrong: Those that raised, or did not read back as they were written: case, what happened, its bytes in base64.
    """

    cases: int = 0
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[int, str, str]] = field(default_factory=list)


def fuzz_decoding(cases: int, seed: int) -> FuzzOutcome:
    """Decode random and mutated bytes in this process.

    Args:
        cases: How many.
        seed: Of the bytes; the same again gives the same cases.
    """
    mutations, outcome, rates = Mutations(seed), FuzzOutcome(cases), MoneySettings().rates
    most = IntakeSettings().max_event_bytes
    began = time.monotonic()
    for case in range(cases):
        topic, value = mutations.draw()
        origin = Origin(topic, case % 7, case, STAMPED_AT + timedelta(microseconds=case))
        try:
            outcome.counts[_judge(value, origin, decode(value, origin, rates, most))] += 1
        except Exception as error:  # noqa: BLE001 - the claim is that there is none
            outcome.wrong.append((case, repr(error), b64encode(value).decode()))
    outcome.seconds = time.monotonic() - began
    return outcome


def _judge(value: bytes, origin: Origin, result: Interaction | Refusal) -> str:
    """Write a result as intake does, and read it back."""
    if isinstance(result, Interaction):
        line = encode_interaction(result)
        if b"\n" in line or decode_interaction(line) != result:
            raise ValueError("a line does not read back as it was written")
        return "taken"
    letter = dead_letter_of(
        result,
        topic=origin.topic,
        partition=origin.partition,
        offset=origin.offset,
        refused_at=origin.stamped_at,
        key=b"",
        value=value,
    )
    if decode_dead_letter(encode_dead_letter(letter)).original != value:
        raise ValueError("a dead letter does not hold what was refused")
    return result.reason


def _live(cases: int, seed: int) -> LiveOutcome:
    with tempfile.TemporaryDirectory(prefix="stayline-fuzz-") as folder, KafkaCluster(1, Path(folder)) as cluster:
        kafka = KafkaSettings(
            bootstrap_servers=cluster.bootstrap_servers,
            raw_partitions=_RAW_PARTITIONS,
            interactions_partitions=_CUSTOMER_PARTITIONS,
        )
        create_topics(kafka, WorkerSettings())
        return fuzz_intake(kafka, cases, seed, Path(folder))


def _table(title: str, counts: Counter[str]) -> Table:
    table = Table(title=title)
    table.add_column("became")
    table.add_column("cases", justify="right")
    for name, count in counts.most_common():
        table.add_row(name, f"{count:,}")
    return table


def main(
    cases: Annotated[int, typer.Option(min=0, help="Byte strings decoded in this process.")] = 1_000_000,
    live: Annotated[int, typer.Option(min=0, help="Byte strings published through a running intake.")] = 0,
    seed: Annotated[int, typer.Option(help="Of the bytes.")] = 1,
) -> None:
    """Feed random and mutated byte strings to decoding, and to a running intake."""
    console, wrong = Console(), 0
    if cases:
        decoded = fuzz_decoding(cases, seed)
        rate = decoded.cases / decoded.seconds
        console.print(_table(f"{cases:,} decoded, seed {seed}: {rate:,.0f}/s", decoded.counts))
        wrong += len(decoded.wrong)
        for case, what, value in decoded.wrong[:_MOST_SHOWN]:
            console.print(f"case {case}: {what}: {value}", markup=False)
    if live:
        lived = _live(live, seed)
        console.print(_table(f"{live:,} through intake, seed {seed}: {live / lived.seconds:,.0f}/s", lived.counts))
        wrong += len(lived.missing) + len(lived.repeated) + lived.unknown
        console.print(f"missing {len(lived.missing)}, more than once {len(lived.repeated)}, unknown {lived.unknown}")
    console.print("every one a line or a dead letter, exactly once" if not wrong else f"{wrong} are not")
    sys.exit(1 if wrong else 0)
