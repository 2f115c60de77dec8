"""Errors of sweeps.

BacktestError
├── Cancelled
│   └── SweepCancelled   somebody asked it to stop: what was finished is kept
└── WorkersLost          a worker ended in the middle, or a cluster cannot be reached: run it again
"""

from backtesting.errors import BacktestError, Cancelled


class SweepCancelled(Cancelled):
    """The sweep was asked to stop."""


class WorkersLost(BacktestError):
    """Workers are gone."""
