"""An intake as a process to be killed."""

import logging
import signal
import sys
from threading import Event

from schemas.errors import StaylineError
from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import IntakeSettings, ObserveSettings
from schemas.settings.risk import MoneySettings
from streams.intake import run_intake


def run(kafka: KafkaSettings, application_id: str, instance: str) -> None:
    """Be an intake's process until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        run_intake(
            kafka=kafka,
            money=MoneySettings(),
            intake=IntakeSettings(page_lines=40),
            observe=ObserveSettings(port=0),
            application_id=application_id,
            instance=instance,
            stop=stop,
        )
    except StaylineError as error:
        logging.getLogger(__name__).exception("must stop")
        sys.exit(error.exit_code)
