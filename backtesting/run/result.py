"""Result of one backtest: configuration, data, outcome, and reconciliation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backtesting.config import BacktestConfig
from backtesting.data.history import History
from backtesting.data.quality import DataQuality
from backtesting.metrics.definition import Value
from backtesting.record import Digests, ReconciliationCheck
from backtesting.run.account_fold import AccountLedger
from backtesting.run.equity import EquitySeries, equity_at_closes
from backtesting.run.prepared import RunOutcome
from bot_manager.trading import Fill, RoundTrip, Scales, fills_of, round_trip_rows, round_trips_of
from bot_manager.trading.units import column_units
from data import CandleFrame, Instrument


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BacktestResult:
    """The outcome of a configuration on its data. Money is exact: see `scales`."""

    config: BacktestConfig
    instrument: Instrument
    scales: Scales
    digests: Digests
    quality: DataQuality
    outcome: RunOutcome
    metrics: Mapping[str, Value]
    reconciled: Sequence[ReconciliationCheck]
    history: History

    @property
    def agrees(self) -> bool:
        """Return whether the ledger is consistent."""
        return all(check.holds for check in self.reconciled)

    def fills(self) -> Iterator[Fill]:
        """Yield every fill."""
        return fills_of(self.outcome.ledger.orders, self.scales)

    def round_trips(self) -> Iterator[RoundTrip]:
        """Yield every closed round trip."""
        rows = round_trip_rows(self.outcome.ledger.orders, self.scales.contract_units)
        return round_trips_of(rows, self.scales)

    def equities(self, ledger: AccountLedger | None = None) -> EquitySeries:
        """Return equity at the close of every candle of the span, with or without trades.

        `ledger`: the run's own, unless another over the same history is given.
        """
        ledger = ledger or self.outcome.ledger
        parts = [self._equities_of(ledger, frame) for frame in self.history.candles()]
        return EquitySeries(
            np.concatenate([part.time_us for part in parts]),
            np.concatenate([part.equity for part in parts]),
            np.concatenate([part.value for part in parts]),
        )

    def _equities_of(self, ledger: AccountLedger, frame: CandleFrame) -> EquitySeries:
        open_us = frame.open_time.astype("datetime64[us]").astype(np.int64)
        return equity_at_closes(
            int(ledger.parameters["capital"][0]),
            ledger.orders,
            self.scales.contract_units,
            open_us + frame.timeframe.seconds * 1_000_000,
            column_units("close", frame.close, self.scales.price_decimals),
        )
