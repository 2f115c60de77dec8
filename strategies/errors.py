"""Errors of strategies and indicators.

TruetapeError
├── ConfigError           unknown name, unknown or out-of-range parameter: tell the person
├── StrategyError         a strategy answered what cannot be, or not at all: skip it at this candle
│   ├── UserCodeFailed    its code raised, exceeded a limit or ended its worker: mend it
│   └── FileChanged       its file holds another version now: says nothing of the one asked about
└── GroupMoved            a group is not where it was believed to be: read it again
"""

from utils.errors import TruetapeError


class StrategyError(TruetapeError):
    """A strategy raised, or its decisions do not fit the candles it was given."""


class FileChanged(StrategyError):
    """A file does not hold the version that was asked about: it was edited meanwhile."""


class UserCodeFailed(StrategyError):
    """A user's code raised, exceeded a limit or ended its process; file and line are named."""


class WatermarkConflict(TruetapeError):
    """Somebody else evaluated a group further: another engine, or this one before it was killed."""
