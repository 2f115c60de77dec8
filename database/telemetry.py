"""Telemetry and alerts in PostgreSQL: a face of its own."""

from database.repositories.alerts import SqlAlertRepository
from database.repositories.telemetry import SqlTelemetryRepository

__all__ = ["SqlAlertRepository", "SqlTelemetryRepository"]
