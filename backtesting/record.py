"""A backtest as it is kept: everything a person looks at, without the arrays it was made from."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from backtesting.metrics.card import Value
from backtesting.quality import DataQuality
from bot_manager.run_warnings import RunWarning
from bot_manager.trading import RoundTrip
from data import InstrumentId


class Digests(msgspec.Struct, frozen=True, kw_only=True):
    """Names of what was asked, on what data, by what code, and of what came out of it.

    The first three tell whether a stored result may stand for a new run. `outcome` covers whole
    numbers only: directions, orders, marks; `finer` the data inside ambiguous candles.
    """

    config: str
    data: str
    code: str
    finer: str
    outcome: str


class ReconciliationCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison: how many amounts were compared, and how many differ."""

    name: str
    what: str
    compared: int
    different: int

    @property
    def holds(self) -> bool:
        """Tell whether all agree."""
        return self.different == 0


class EquitySample(msgspec.Struct, frozen=True, kw_only=True):
    """Equity at a candle's close, the position's signed worth in it, and what holding was worth.

    `benchmark` is None where nothing could be bought to hold.
    """

    time: datetime
    equity: Decimal
    position_value: Decimal
    benchmark: Decimal | None


class BacktestSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One backtest in a list. `id` is 0 until it is kept; `config` as BacktestConfig reads it."""

    created_at: datetime
    instrument: str
    timeframe: str
    strategy: str
    start: datetime
    end: datetime
    config: dict[str, Any]
    digests: Digests
    quality: DataQuality
    reconciled: list[ReconciliationCheck]
    metrics: dict[str, Value]
    drilled_candles: int
    warnings: list[RunWarning] = []
    note: str = ""
    tags: list[str] = []
    id: int = 0

    @property
    def agrees(self) -> bool:
        """Tell whether its books agree with themselves."""
        return all(check.holds for check in self.reconciled)

    @property
    def quote(self) -> str:
        """Return the currency of all money, "" if the symbol names none."""
        return InstrumentId.parse(self.instrument).quote


class BacktestRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One backtest, whole."""

    summary: BacktestSummary
    round_trips: list[RoundTrip]
    equity: list[EquitySample]
