"""Maintain the store: apply retention every hour, back up every night."""

import logging
from collections.abc import Callable
from datetime import datetime

from config import Settings
from scripts.composition.maintenance import StoreMaintenance, backup_folder, open_maintenance
from scripts.composition.process import reporting, start_logging
from scripts.services.nightly_backup import back_up_if_due, backups_in
from utils.clock import Clock, SystemClock
from utils.isolation import Isolation, ItemFailures
from utils.priority import BACKGROUND, lower_priority
from utils.telemetry.meters import Meters
from utils.telemetry.reporter import Vitals

# A start is busy enough; and a service that keeps restarting must not work all the time.
_FIRST_AFTER_S = 60.0
_POLL_S = 30.0

log = logging.getLogger("truetape.maintenance")


def serve(settings: Settings) -> None:
    """Maintain the store until SIGTERM. Meant for a child process, too. Raises ConfigError."""
    start_logging(settings, "maintenance")
    lower_priority(BACKGROUND)
    clock, vitals = SystemClock(), Vitals(process="maintenance", meters=Meters())
    with (
        open_maintenance(settings, clock, vitals.failures) as maintenance,
        reporting(settings, vitals, maintenance.database),
    ):
        log.info("maintenance starts")
        MaintenanceScheduler(settings, maintenance, clock, vitals.meters, vitals.failures).run(
            first_after_s=_FIRST_AFTER_S
        )


class MaintenanceScheduler:
    """Runs what is due; a failure of any kind is recorded, and retried when due again."""

    def __init__(
        self,
        settings: Settings,
        maintenance: StoreMaintenance,
        clock: Clock,
        meters: Meters,
        failures: ItemFailures | None = None,
    ) -> None:
        self._isolation = Isolation("pass", clock, failures or ItemFailures())
        self._settings = settings
        self._maintenance = maintenance
        self._clock = clock
        self._meters = meters
        self._levels: dict[str, float] = {}

    def run(self, *, first_after_s: float) -> None:
        """Run forever."""
        due_s = self._clock.monotonic_s() + first_after_s
        while True:
            if self._clock.monotonic_s() >= due_s:
                due_s = self._clock.monotonic_s() + self._settings.retention.every_s
                self.work()
            self._clock.pause(_POLL_S)

    def work(self) -> None:
        """Apply retention, and back up if it is due."""
        self._attempt("retention", self._apply)
        self._attempt("backup", self._back_up)

    def _apply(self, now: datetime) -> None:
        report = self._maintenance.apply(now)
        self._set_level("tape_days_held", len(report.held))
        self._set_level("tape_days_forced", report.forced_lately)
        self._set_level("tape_days_unverified", report.unverified)
        facts = {
            "days_verified": report.verified,
            "days_deleted": len(report.days),
            "days_held": len(report.held),
            "series_cut": len(report.candles),
            "steps_failed": len(report.failed),
        }
        log.info("retention applied", extra=facts)

    def _back_up(self, now: datetime) -> None:
        back_up_if_due(self._settings, self._maintenance, now)
        made = backups_in(backup_folder(self._settings))
        if self._settings.backup.keep and made:
            self._set_level("backup_age_s", (now - made[-1][0]).total_seconds())

    def _attempt(self, what: str, work: Callable[[datetime], None]) -> None:
        with self._isolation.attempt(what) as attempt:
            work(self._clock.now())
        self._set_level(f"{what}_failed", float(attempt.failed))

    def _set_level(self, name: str, value: float) -> None:
        self._levels[name] = value
        self._meters.watch(name, lambda: self._levels[name])
