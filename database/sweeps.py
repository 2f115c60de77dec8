"""Sweeps in PostgreSQL: a face of its own, for most processes know of none."""

from database.repositories.sweep_trials import SqlTrialRepository

__all__ = ["SqlTrialRepository"]
