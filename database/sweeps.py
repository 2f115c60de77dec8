"""Sweeps in PostgreSQL: imported separately, because few processes need them."""

from database.repositories.sweep_trials import SqlTrialRepository

__all__ = ["SqlTrialRepository"]
