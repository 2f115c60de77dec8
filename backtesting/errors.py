"""Errors of backtests.

TruetapeError
└── BacktestError
    ├── NoData               no stored data in the span: download, or choose another span
    ├── TapeBroken           stored trades do not follow each other: verify the tape
    ├── NothingDecided       the warm-up is longer than the available candles: fetch older ones
    ├── DataMissing          more of the span is unknown than the configuration allows
    ├── StrategyRaised       the strategy failed at some candle: fix it
    ├── AccountOverflow      the account's money no longer fits: less capital, or another instrument
    ├── Cancelled            the user cancelled it: nothing was stored
    │   └── SweepCancelled   the user cancelled a sweep: finished trials are stored
    ├── WorkersLost          a worker ended, or a cluster cannot be reached: run the sweep again
    └── ExportFailed         the file could not be written: no partial file was left
NotFound
├── BacktestMissing          no backtest of this number is stored: choose another
└── SweepMissing             no sweep of this digest is stored: choose another
(errors in a configuration are ConfigErrors)
"""

from utils.bounds import shortened
from utils.errors import NotFound, TruetapeError


class BacktestError(TruetapeError):
    """A backtest cannot be run to its end."""


class NoData(BacktestError):
    """No data is stored for the span, the instrument or the resolution."""


class TapeBroken(BacktestError):
    """A stored trade breaks the chain of its tape."""


class NothingDecided(BacktestError):
    """The warm-up of a strategy is longer than the available candles."""


class DataMissing(BacktestError):
    """More of the span is unknown than the configuration allows."""


class StrategyRaised(BacktestError):
    """A strategy raised, or returned invalid values."""


class AccountOverflow(BacktestError):
    """The account's money is out of the range that can be counted exactly."""


class Cancelled(BacktestError):
    """The run was cancelled."""


class SweepCancelled(Cancelled):
    """The sweep was cancelled."""


class WorkersLost(BacktestError):
    """A worker of a sweep ended, or a cluster cannot be reached."""


class ExportFailed(BacktestError):
    """A file could not be written; an existing file of that name is unchanged."""


class BacktestMissing(NotFound):
    """No backtest of this number is stored."""

    def __init__(self, backtest_id: int) -> None:
        super().__init__(f"backtest {backtest_id} does not exist; it may have been deleted")


class SweepMissing(NotFound):
    """No sweep of this digest is stored."""

    def __init__(self, digest: str) -> None:
        super().__init__(f"no sweep has the digest {shortened(digest)}; choose one of the list")
