"""Metrics and health of the audit."""

from collections.abc import Callable
from time import monotonic
from typing import Final

from prometheus_client import CollectorRegistry, Gauge

from runtime.service.liveness import Liveness
from streams.audit.result import Round

_STALL_SECONDS: Final = 3600.0
"""The first round reads all that Kafka has, and a restart would begin again."""


class AuditMetrics:
    """The audit's figures, declared once.

    Attributes:
        difference: Things that lie on one side alone, by what is compared with Kafka and by customer partition (of dead
            letters by reason); anything above 0 is a defect, or was changed by hand.
        shared: Event ids that several customers have, by customer partition; one event of each is kept in ClickHouse.
        last_success: Unix time of the last round in which everything was compared, equal or not.
        events: Distinct events read of Kafka.
        seconds: How long the last round took.
        held_out: Share of first decisions of a season that was held out, by action.
        held_out_set: Share that should have been.
        mismatch: 1 if the difference is none of chance: no effect of the action can be trusted.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.difference = Gauge(
            "stayline_audit_difference", "Things on one side alone.", ["between", "partition"], registry=registry
        )
        self.shared = Gauge(
            "stayline_audit_shared_event_ids", "Event ids of several customers.", ["partition"], registry=registry
        )
        self.last_success = Gauge(
            "stayline_audit_last_success_timestamp_seconds", "Unix time of the last whole round.", registry=registry
        )
        self.events = Gauge("stayline_audit_events", "Distinct events read of Kafka.", registry=registry)
        self._shown: set[tuple[str, str]] = set()
        self.seconds = Gauge("stayline_audit_round_seconds", "Seconds the last round took.", registry=registry)
        self.held_out = Gauge(
            "stayline_audit_held_out_share", "Share of decisions that was held out.", ["action"], registry=registry
        )
        self.held_out_set = Gauge(
            "stayline_audit_held_out_share_expected", "Share that should be held out.", ["action"], registry=registry
        )
        self.mismatch = Gauge(
            "stayline_audit_sample_ratio_mismatch",
            "1 if the share held out is not the one that was set, by more than chance.",
            ["action"],
            registry=registry,
        )

    def show(self, done: Round) -> None:
        """Show what came of a round; a part that was not compared keeps what was known of it."""
        for one in done.comparisons:
            if one.done:
                self.difference.labels(one.between, one.part).set(one.difference)
                self._shown.add((one.between, one.part))
            if one.done and one.between == "kafka_clickhouse":
                self.shared.labels(one.part).set(one.shared)
        for ratio in done.ratios:
            self.held_out.labels(ratio.action).set(ratio.found)
            self.held_out_set.labels(ratio.action).set(ratio.expected)
            self.mismatch.labels(ratio.action).set(ratio.is_mismatch)
        self._forget(done)
        self.events.set(done.events)
        self.seconds.set(done.seconds)
        if done.complete:
            self.last_success.set_to_current_time()

    def _forget(self, done: Round) -> None:
        """A reason of which there are letters on neither side any more is no part at all."""
        told = {(one.between, one.part) for one in done.comparisons}
        unsure = {one.between for one in done.comparisons if not one.done}
        for between, part in [shown for shown in self._shown - told if shown[0] not in unsure]:
            self.difference.remove(between, part)
            self._shown.discard((between, part))


class AuditHealth:
    """Tells whether the audit goes on and can compare; written by the loop alone."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """Start before the first round.

        Args:
            clock: Seconds that only run forward.
        """
        self._clock = clock
        self._liveness = Liveness(clock(), _STALL_SECONDS)
        self.trouble: str | None = "nothing was compared yet"
        """The reason why the last round did not compare, or None."""

    def turn(self, trouble: str | None) -> None:
        """Note that a round has ended, and what kept it from comparing."""
        self._liveness.progress(self._clock())
        self.trouble = trouble

    def live(self) -> str | None:
        """Return why the process should be restarted, if it should."""
        still = self._liveness.stuck_for(self._clock())
        return None if still is None else f"no round has ended for {still:.0f} s"

    def ready(self) -> str | None:
        """Return why the process does not do its work, if so."""
        return self.trouble
