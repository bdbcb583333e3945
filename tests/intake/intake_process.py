"""An intake as a process to be killed: ``python -m tests.intake.intake_process SERVERS APPLICATION INSTANCE KAFKA``."""

import json
import logging
import signal
import sys
from threading import Event

from schemas.errors import StaylineError
from schemas.settings import IntakeSettings, MoneySettings, ObserveSettings
from streams.intake import run_intake
from tests.intake.scenario import kafka_settings


def main(bootstrap_servers: str, application_id: str, instance: str, kafka: str) -> int:
    """Run until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        run_intake(
            kafka=kafka_settings(bootstrap_servers, **json.loads(kafka)),
            money=MoneySettings(),
            intake=IntakeSettings(page_lines=40),
            observe=ObserveSettings(port=0),
            application_id=application_id,
            instance=instance,
            stop=stop,
        )
    except StaylineError as error:
        logging.getLogger(__name__).exception("must stop")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
