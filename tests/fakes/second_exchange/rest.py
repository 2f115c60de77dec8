"""The REST interface of Tiny: deals and bars, oldest first."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

from data.collectors.config import Endpoint, RestRules
from data.collectors.http_client import HttpClient
from data.collectors.rest import ExchangeRest
from data.errors import PermanentFeedError, ProtocolError
from data.market.candle import Candle, CandleSource
from data.market.instrument import Instrument, InstrumentId, InstrumentKind, InstrumentState
from data.market.timeframe import Timeframe
from data.market.trade import Trade
from tests.fakes.second_exchange.messages import Deal, deal_number, to_time, to_trade
from utils.clock import Clock

RATES_PER_S = {"/clock": 1_000.0, "/markets": 1_000.0, "/deals": 1_000.0, "/bars": 1_000.0}
DEALS_PER_PAGE = 4

_Answer = TypeVar("_Answer")


class _Market(msgspec.Struct):
    name: str
    open: bool
    tick: Decimal
    lot: Decimal


class _Bar(msgspec.Struct):
    at: float
    ohlc: tuple[Decimal, Decimal, Decimal, Decimal]
    volume: Decimal


def _reader(kind: type[_Answer]) -> Callable[[bytes], _Answer]:
    decoder = msgspec.json.Decoder(kind, strict=False)

    def read(content: bytes) -> _Answer:
        try:
            return decoder.decode(content)
        except msgspec.DecodeError as error:
            raise ProtocolError(f"unreadable answer: {error}") from error

    return read


_TIME = _reader(float)
_MARKETS = _reader(list[_Market])
_DEALS = _reader(list[Deal])
_BARS = _reader(list[_Bar])


class TinyRest(ExchangeRest):
    """One client per process; `exchange` is the name of its instruments' exchange."""

    def __init__(self, exchange: str, endpoint: Endpoint, rules: RestRules, clock: Clock) -> None:
        self._exchange = exchange
        self._http = HttpClient(exchange, endpoint, rules, clock, RATES_PER_S)

    async def time(self) -> datetime:
        return to_time(await self._http.get("/clock", {}, _TIME))

    async def instruments(self, symbols: Iterable[str]) -> list[Instrument]:
        requested = frozenset(symbols)
        listed = await self._http.get("/markets", {}, _MARKETS)
        return [self._instrument(market) for market in listed if market.name in requested]

    async def recent_trades(
        self, instrument: InstrumentId, limit: int | None = None
    ) -> list[Trade]:
        return await self._deals(instrument, count=str(limit or DEALS_PER_PAGE))

    async def trades_before(self, instrument: InstrumentId, trade_id: int) -> list[Trade]:
        before, count = deal_number(trade_id), str(DEALS_PER_PAGE)
        return await self._deals(instrument, before=before, count=count)

    async def candles_before(
        self, instrument: InstrumentId, timeframe: Timeframe, time: datetime, limit: int
    ) -> list[Candle]:
        if timeframe is not Timeframe.M1:
            raise PermanentFeedError(f"{self._exchange}: no bars of {timeframe}")
        query = {"market": instrument.symbol, "until": str(time.timestamp()), "count": str(limit)}
        bars = await self._http.get("/bars", query, _BARS)
        return [_candle(bar, instrument) for bar in bars]

    async def close(self) -> None:
        await self._http.close()

    async def _deals(self, instrument: InstrumentId, **query: str) -> list[Trade]:
        parameters = {"market": instrument.symbol, **query}
        return [
            to_trade(self._exchange, d) for d in await self._http.get("/deals", parameters, _DEALS)
        ]

    def _instrument(self, market: _Market) -> Instrument:
        base, _, quote = market.name.partition("/")
        return Instrument(
            id=InstrumentId(self._exchange, market.name),
            kind=InstrumentKind.SPOT,
            state=InstrumentState.LIVE if market.open else InstrumentState.SUSPENDED,
            base=base,
            quote=quote,
            price_step=market.tick,
            size_step=market.lot,
            min_size=market.lot,
        )


def _candle(bar: _Bar, instrument: InstrumentId) -> Candle:
    open_, high, low, close = bar.ohlc
    return Candle(
        instrument=instrument,
        timeframe=Timeframe.M1,
        open_time=to_time(bar.at),
        open=open_,
        high=high,
        low=low,
        close=close,
        volume=bar.volume,
        trade_count=None,
        first_trade_id=None,
        last_trade_id=None,
        complete=True,
        source=CandleSource.EXCHANGE,
    )
