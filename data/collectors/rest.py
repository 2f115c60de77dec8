"""The REST interface that a collector needs. One adapter per exchange."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import datetime

from data.market.candle import Candle
from data.market.instrument import Instrument, InstrumentId
from data.market.timeframe import Timeframe
from data.market.trade import Trade


class ExchangeRest(ABC):
    """Requests, retried and kept within the exchange's limits.

    Every method may raise TemporaryFeedError (after its retries) and PermanentFeedError.
    A listing of trades is in id order and holds every id that the exchange has between its ends.
    """

    @abstractmethod
    async def time(self) -> datetime:
        """Return the exchange's clock."""

    @abstractmethod
    async def instruments(self, symbols: Iterable[str]) -> list[Instrument]:
        """Return those of `symbols` that the exchange lists now."""

    @abstractmethod
    async def recent_trades(
        self, instrument: InstrumentId, limit: int | None = None
    ) -> list[Trade]:
        """Return a listing of the newest trades; without a limit as many as one request returns."""

    @abstractmethod
    async def trades_before(self, instrument: InstrumentId, trade_id: int) -> list[Trade]:
        """Return the listing that ends below `trade_id`."""

    @abstractmethod
    async def candles_before(
        self, instrument: InstrumentId, timeframe: Timeframe, time: datetime, limit: int
    ) -> list[Candle]:
        """Return the last closed candles opened before `time`, in time order, also empty ones."""

    @abstractmethod
    async def close(self) -> None:
        """Close all connections."""
