"""Steps of an intake without Kafka: messages in, and the batch that leaves."""

from schemas.moments import HOUR_MS
from schemas.pages.page import Page, decode_headers
from schemas.settings.processes import IntakeSettings
from schemas.settings.risk import MoneySettings
from streams.intake.clock import Checkpoint
from streams.intake.intake import Intake
from streams.intake.outgoing_batch import OutgoingBatch, PageOut
from tests.intake.messages import NOON

PARTITIONS = 4
NOW = NOON + 10 * 24 * HOUR_MS


def intake_of(*, live: bool = False, **limits: float) -> Intake:
    intake = Intake(
        source="s-intake-1",
        settings=IntakeSettings(**limits),
        rates=MoneySettings().rates,
        raw_partitions={"purchases": 2, "returns": 1, "support_contacts": 1},
        interactions_partitions=PARTITIONS,
    )
    intake.clock.assign("purchases", 0, 0, Checkpoint(0, live))
    return intake


def sent_of(intake: Intake, now: int = NOW, *, final: bool = False) -> OutgoingBatch:
    batch = intake.cut_batch(now, final=final)
    assert batch is not None
    intake.batch_committed()
    return batch


def decoded_page(page: PageOut) -> Page:
    return decode_headers(page.headers)


def telling_intake() -> Intake:
    """An intake that also reads what people told."""
    intake = intake_of()
    for topic in ("actions_taken", "judgements"):
        intake.clock.assign(topic, 0, 0, Checkpoint(0, live=False))
    return intake
