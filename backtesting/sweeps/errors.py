"""Errors of sweeps.

BacktestError
├── Cancelled
│   └── SweepCancelled   the user cancelled it: finished trials are stored
└── WorkersLost          a worker ended in the middle, or a cluster cannot be reached: run it again
"""

from backtesting.errors import BacktestError, Cancelled


class SweepCancelled(Cancelled):
    """The sweep was cancelled."""


class WorkersLost(BacktestError):
    """A worker ended, or a cluster cannot be reached."""
