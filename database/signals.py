"""Signals and strategies in PostgreSQL: imported separately, because few processes need them."""

from database.repositories.signal_requests import SqlRequestRepository
from database.repositories.signals import SqlSignalRepository
from database.repositories.strategies import SqlStrategyRepository

__all__ = ["SqlRequestRepository", "SqlSignalRepository", "SqlStrategyRepository"]
