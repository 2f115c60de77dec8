"""One backtest, whole: what was asked, on what it stood, what came out, and whether it agrees."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backtesting.accounting import Books
from backtesting.config import BacktestConfig
from backtesting.equity import Equities, equity_at_closes
from backtesting.history import History
from backtesting.metrics.card import Value
from backtesting.outcome import Outcome
from backtesting.quality import DataQuality
from backtesting.record import Digests, Reconciled
from bot_manager.trading import Fill, RoundTrip, Scales, fills_of, round_trips_of, trip_rows
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
    outcome: Outcome
    metrics: Mapping[str, Value]
    reconciled: Sequence[Reconciled]
    history: History

    @property
    def agrees(self) -> bool:
        """Tell whether the books agree with themselves."""
        return all(check.holds for check in self.reconciled)

    def fills(self) -> Iterator[Fill]:
        """Yield every fill."""
        return fills_of(self.outcome.books.orders, self.scales)

    def round_trips(self) -> Iterator[RoundTrip]:
        """Yield every closed round trip."""
        rows = trip_rows(self.outcome.books.orders, self.scales.contract_units)
        return round_trips_of(rows, self.scales)

    def equities(self, books: Books | None = None) -> Equities:
        """Return equity at the close of every candle of the span, quiet ones included.

        `books`: of the run itself, unless others over the same history are given.
        """
        books = books or self.outcome.books
        parts = [self._equities_of(books, frame) for frame in self.history.candles()]
        return Equities(
            np.concatenate([part.time_us for part in parts]),
            np.concatenate([part.equity for part in parts]),
            np.concatenate([part.value for part in parts]),
        )

    def _equities_of(self, books: Books, frame: CandleFrame) -> Equities:
        open_us = frame.open_time.astype("datetime64[us]").astype(np.int64)
        return equity_at_closes(
            int(books.parameters["capital"][0]),
            books.orders,
            self.scales.contract_units,
            open_us + frame.timeframe.seconds * 1_000_000,
            column_units("close", frame.close, self.scales.price_decimals),
        )
