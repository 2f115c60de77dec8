"""Errors of backtests.

TruetapeError
└── BacktestError
    ├── NoData               nothing is stored of what it asks for: download, or choose another span
    ├── TapeBroken           stored trades do not follow each other: verify the tape
    ├── NothingDecided       the warm-up is longer than the candles there are: fetch older ones
    ├── DataMissing          more of the span is unknown than the configuration allows
    ├── StrategyRaised       the strategy failed at some candle: mend it
    ├── AccountOverflow      the account's money no longer fits: less capital, or another instrument
    ├── Cancelled            somebody asked it to stop: nothing was kept
    └── ExportFailed         the file could not be written: nothing was left half-written
(what is wrong with a configuration is a ConfigError)
"""

from utils.errors import TruetapeError


class BacktestError(TruetapeError):
    """A backtest cannot be run to its end."""


class NoData(BacktestError):
    """Nothing is stored of the span, the instrument or the resolution."""


class TapeBroken(BacktestError):
    """A stored trade breaks the chain of its tape."""


class NothingDecided(BacktestError):
    """The warm-up of a strategy is longer than the candles there are."""


class DataMissing(BacktestError):
    """More of the span is unknown than the configuration allows."""


class StrategyRaised(BacktestError):
    """A strategy raised, or answered what cannot be."""


class AccountOverflow(BacktestError):
    """The account's money has left the range in which it can be counted exactly."""


class Cancelled(BacktestError):
    """The run was asked to stop."""


class ExportFailed(BacktestError):
    """A file could not be written; what bore its name before is untouched."""
