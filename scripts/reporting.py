"""Composition: telemetry reports of a process."""

from collections.abc import Iterator
from contextlib import contextmanager

from config import Settings
from database import open_database
from database.telemetry import SqlTelemetryRepository
from scripts.wiring import database_url
from utils.clock import SystemClock
from utils.telemetry.reporter import ProcessReporter, Vitals


@contextmanager
def reporting(settings: Settings, vitals: Vitals) -> Iterator[None]:
    """Report this process into the database until the end of the block.

    Enter it in the process itself.
    """
    database = open_database(database_url(settings), pool_size=1)
    reporter = ProcessReporter(vitals, SqlTelemetryRepository(database), SystemClock())
    try:
        with reporter.running(settings.telemetry.every_s):
            yield
    finally:
        database.close()
