"""Stored backtests: everything that is shown, without the arrays it was made from."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from backtesting.data.quality import DataQuality
from backtesting.metrics.definition import Value
from bot_manager.reporting.run_warnings import RunWarning
from bot_manager.trading import RoundTrip
from data import InstrumentId


class Digests(msgspec.Struct, frozen=True, kw_only=True):
    """Digests of configuration, data, code and outcome.

    The first three decide whether a stored result can replace a new run. `outcome` covers integers
    only: directions, orders, marks; `intrabar` the data inside ambiguous candles.
    """

    config: str
    data: str
    code: str
    intrabar: str
    outcome: str


class ReconciliationCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison: numbers of compared and of different amounts."""

    name: str
    what: str
    compared: int
    different: int

    @property
    def holds(self) -> bool:
        """Return whether all amounts agree."""
        return self.different == 0


class EquitySample(msgspec.Struct, frozen=True, kw_only=True):
    """Equity at a candle's close, the position's signed value in it, and buy and hold's equity.

    `benchmark` is None where buy and hold could not buy.
    """

    time: datetime
    equity: Decimal
    position_value: Decimal
    benchmark: Decimal | None


class BacktestSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One backtest in a list. `id` is 0 until it is stored; `config` as BacktestConfig reads it."""

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
        """Return whether its ledger is consistent."""
        return all(check.holds for check in self.reconciled)

    @property
    def quote(self) -> str:
        """Return the currency of all amounts, "" if the symbol names none."""
        return InstrumentId.parse(self.instrument).quote


class BacktestRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One complete backtest."""

    summary: BacktestSummary
    round_trips: list[RoundTrip]
    equity: list[EquitySample]
