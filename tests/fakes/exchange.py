"""An exchange in memory: its trades, and REST answers over them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from data import Candle, CandleAggregator, CandleSource, Instrument, InstrumentId, Timeframe, Trade
from data.collectors.rest import ExchangeRest
from data.errors import TemporaryFeedError
from tests.builders import START


@dataclass
class FakeExchange(ExchangeRest):
    """A ledger of trades in id order, of which REST lists the first `listed`.

    `failures` is called before each answer: True fails it. `oldest_id`: lower ids are gone.
    """

    ledger: list[Trade]
    listed: int | None = None
    recent: int = 5
    page: int = 4
    oldest_id: int = 0
    failures: Iterator[bool] = field(default_factory=lambda: iter(()))
    known: list[Instrument] = field(default_factory=list)
    now: datetime = START
    requests: list[str] = field(default_factory=list)

    async def time(self) -> datetime:
        self._answer("time")
        return self.now

    async def instruments(self, symbols: Iterable[str]) -> list[Instrument]:
        self._answer("instruments")
        requested = frozenset(symbols)
        return [instrument for instrument in self.known if instrument.id.symbol in requested]

    async def recent_trades(
        self, instrument: InstrumentId, limit: int | None = None
    ) -> list[Trade]:
        self._answer("recent")
        return self._of(instrument)[-(limit or self.recent) :]

    async def trades_before(self, instrument: InstrumentId, trade_id: int) -> list[Trade]:
        self._answer(f"before {trade_id}")
        older = [trade for trade in self._of(instrument) if trade.trade_id < trade_id]
        return older[-self.page :]

    async def candles_before(
        self, instrument: InstrumentId, timeframe: Timeframe, time: datetime, limit: int
    ) -> list[Candle]:
        self._answer(f"candles {timeframe} before {time:%d %H:%M}")
        fold = CandleAggregator(instrument, [timeframe])
        closed = [candle for trade in self._of(instrument) for candle in fold.add(trade)]
        return [_as_exchange_candle(candle) for candle in closed if candle.open_time < time][
            -limit:
        ]

    async def close(self) -> None:
        self.requests.append("closed")

    def _of(self, instrument: InstrumentId) -> list[Trade]:
        return [
            trade
            for trade in self.ledger[: self.listed]
            if trade.instrument == instrument and trade.trade_id >= self.oldest_id
        ]

    def _answer(self, request: str) -> None:
        self.requests.append(request)
        if next(self.failures, False):
            raise TemporaryFeedError(f"the exchange is busy: {request}")


def _as_exchange_candle(candle: Candle) -> Candle:
    return msgspec.structs.replace(
        candle,
        source=CandleSource.EXCHANGE,
        complete=True,
        trade_count=None,
        first_trade_id=None,
        last_trade_id=None,
    )
