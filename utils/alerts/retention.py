"""Condense samples and remove old data, in small steps."""

import logging
from datetime import datetime, timedelta

import msgspec

from utils.alerts.ports import AlertRepository
from utils.errors import ExternalServiceError
from utils.telemetry import HISTORY_WIDTH, TelemetryRepository

log = logging.getLogger("truetape.health")

_EVERY = timedelta(minutes=5)
_BATCH_ROWS = 10_000
_MAX_BATCHES = 30


class TelemetryRetention(msgspec.Struct, frozen=True, kw_only=True):
    """How long samples, points of ten minutes, and resolved alerts are kept."""

    samples: timedelta = timedelta(hours=12)
    history: timedelta = timedelta(days=30)
    alerts: timedelta = timedelta(days=90)


class TelemetryPruner:
    """Condenses and prunes every five minutes; skips a run while the store is unavailable."""

    def __init__(
        self, telemetry: TelemetryRepository, alerts: AlertRepository, retention: TelemetryRetention
    ) -> None:
        self._telemetry = telemetry
        self._alerts = alerts
        self._retention = retention
        self._done_at: datetime | None = None

    def run_if_due(self, now: datetime) -> int:
        """Run if due; return the number of rows removed."""
        if self._done_at is not None and timedelta() <= now - self._done_at < _EVERY:
            return 0
        done_at, self._done_at = self._done_at, now
        try:
            # Overlaps the previous run: samples that arrived during it are in none of its points.
            self._telemetry.condense((done_at or now) - 2 * HISTORY_WIDTH, now)
            return self._prune(now)
        except ExternalServiceError as error:
            log.debug("maintenance postponed", extra={"problem": str(error)})
            self._done_at = done_at
            return 0

    def _prune(self, now: datetime) -> int:
        kept, gone = self._retention, self._alerts.prune(now - self._retention.alerts, _BATCH_ROWS)
        for _ in range(_MAX_BATCHES):
            some = self._telemetry.prune(now - kept.samples, now - kept.history, _BATCH_ROWS)
            gone += some
            if some < _BATCH_ROWS:
                break
        return gone
