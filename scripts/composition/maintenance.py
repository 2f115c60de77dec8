"""Composition: the maintenance of a platform's store, over one database."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bot_manager.domain.ports import LedgerRepository
from config import Settings
from config.sections import RetentionSettings
from data import Timeframe
from data.retention import CandleRules, TapeRules
from data.retention.day_verification import DayVerifier
from data.retention.job import FailedStep, RetentionJob, RetentionReport
from data.retention.values import GIGABYTE, day_of
from database import (
    Database,
    SqlCandleRepository,
    SqlHoleRepository,
    SqlTradeRepository,
    open_database,
)
from database.repositories.ledger import SqlLedgerRepository
from database.repositories.retention import SqlRetentionRepository
from database.repositories.verifications import SqlBotVerificationRepository
from scripts.composition.servers import database_url
from utils.clock import Clock
from utils.errors import ConfigError
from utils.isolation import Isolation, ItemFailures

_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreMaintenance:
    """The periodic jobs of the store."""

    database: Database
    retention: RetentionJob
    ledger: LedgerRepository
    thin_after: timedelta
    thinning: Isolation

    def apply(self, now: datetime) -> RetentionReport:
        """Apply every retention rule. Raises repository errors; what was done stays done."""
        report = self.retention.apply(now)
        self._thin_equity(day_of(now - self.thin_after), report)
        return report

    def _thin_equity(self, before: datetime, report: RetentionReport) -> None:
        """Thin the marks of each bot; the failure of one delays no other."""
        bots = self.ledger.unthinned(before)
        for bot in bots:
            with self.thinning.attempt(bot) as attempt:
                report.marks += self.ledger.thin_equity(bot, before)
            if attempt.failed:
                # An outage concerns every bot: then this raises, too.
                self.ledger.unthinned(before)
                step = FailedStep(step=f"thinning equity of {bot}", problem=attempt.problem)
                report.failed.append(step)
        self.thinning.keep(set(bots))


@contextmanager
def open_maintenance(
    settings: Settings, clock: Clock, failures: ItemFailures
) -> Iterator[StoreMaintenance]:
    """Open the maintenance; connections close with the block. Raises ConfigError."""
    rules = settings.retention
    database = open_database(database_url(settings), pool_size=2)
    try:
        repository = SqlRetentionRepository(database)
        verifier = DayVerifier(
            repository,
            SqlTradeRepository(database),
            SqlHoleRepository(database),
            SqlCandleRepository(database),
        )
        yield StoreMaintenance(
            database=database,
            retention=RetentionJob(
                repository,
                verifier,
                tape_rules(rules),
                candle_rules(rules),
                SqlBotVerificationRepository(database).required_tape,
                lambda: free_bytes(settings),
                Isolation("retention", clock, failures),
            ),
            ledger=SqlLedgerRepository(database),
            thin_after=timedelta(days=rules.equity_days),
            thinning=Isolation("equity of bot", clock, failures),
        )
    finally:
        database.close()


def tape_rules(rules: RetentionSettings) -> TapeRules:
    """Return how long trades are kept."""
    return TapeRules(
        keep=timedelta(days=rules.trades_days),
        max_bytes=rules.trades_max_gb * GIGABYTE,
        min_free_bytes=rules.min_free_mb * _MEGABYTE,
    )


def candle_rules(rules: RetentionSettings) -> CandleRules:
    """Return how long candles are kept. Raises ConfigError for an unknown timeframe."""
    return CandleRules(
        keep=_by_timeframe(rules.candles_days), versions=timedelta(days=rules.versions_days)
    )


def free_bytes(settings: Settings) -> float | None:
    """Return the free bytes of the database's disk; None if it is on another machine."""
    url = settings.database.url
    host = parse_qs(urlsplit(url.reveal()).query).get("host", [""])[0] if url else ""
    folder = settings.folders.data_dir
    embedded = host.startswith("/") and (folder / "postgres" / "postmaster.pid").exists()
    return float(shutil.disk_usage(folder).free) if embedded else None


def _by_timeframe(days: Mapping[str, float]) -> dict[Timeframe, timedelta]:
    timeframes = {str(timeframe): timeframe for timeframe in Timeframe}
    for name in days:
        if name not in timeframes:
            problem = f"{name!r} is no timeframe; they are {', '.join(timeframes)}"
            raise ConfigError("RETENTION_CANDLES_DAYS", problem=problem)
    return {timeframes[name]: timedelta(days=length) for name, length in days.items()}


def backup_folder(settings: Settings) -> Path:
    """Return the folder of nightly backups."""
    return settings.backup.folder or settings.folders.data_dir / "backup"
