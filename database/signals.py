"""Signals and strategies in PostgreSQL: a face of its own, for most processes know of neither."""

from database.repositories.signal_requests import SqlRequestRepository
from database.repositories.signals import SqlSignalRepository
from database.repositories.strategies import SqlStrategyRepository

__all__ = ["SqlRequestRepository", "SqlSignalRepository", "SqlStrategyRepository"]
