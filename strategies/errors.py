"""Errors of strategies and indicators.

TruetapeError
├── ConfigError           unknown name, unknown or out-of-range parameter: report it
├── StrategyError         a strategy raised or returned an invalid result: skip this candle
│   ├── UserCodeFailed    its code raised, exceeded a limit or ended its worker: fix it
│   └── FileChanged       its file holds another version now: the requested one is not known
└── WatermarkConflict     a group's watermark is not the expected one: read it again
"""

from utils.errors import TruetapeError


class StrategyError(TruetapeError):
    """A strategy raised, or its decisions do not fit the candles it was given."""


class FileChanged(StrategyError):
    """A file does not hold the requested version: it was edited meanwhile."""


class UserCodeFailed(StrategyError):
    """A user's code raised, exceeded a limit or ended its process; file and line are named."""


class WatermarkConflict(TruetapeError):
    """Another engine, or this one before it was killed, has already advanced a group."""
