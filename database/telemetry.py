"""Telemetry and alerts in PostgreSQL: imported separately."""

from database.repositories.alerts import SqlAlertRepository
from database.repositories.telemetry import SqlTelemetryRepository

__all__ = ["SqlAlertRepository", "SqlTelemetryRepository"]
