"""OKX's REST interface within its limits."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import httpx

from data.collectors.config import Endpoint, RestRules
from data.collectors.http_client import HttpClient, is_busy
from data.collectors.okx.messages import TradeReader
from data.collectors.okx.rows import (
    BARS,
    listings_of,
    read_candles,
    read_instruments,
    read_response,
    read_time,
    read_trade_rows,
)
from data.collectors.rest import ExchangeRest
from data.errors import PermanentFeedError, ProtocolError, TemporaryFeedError
from data.market.candle import Candle
from data.market.instrument import Instrument, InstrumentId
from data.market.timeframe import EPOCH, Timeframe
from data.market.trade import Trade
from utils.clock import Clock

TIME = "/api/v5/public/time"
INSTRUMENTS = "/api/v5/public/instruments"
TRADES = "/api/v5/market/trades"
HISTORY_TRADES = "/api/v5/market/history-trades"
CANDLES = "/api/v5/market/candles"
HISTORY_CANDLES = "/api/v5/market/history-candles"

# The exchange's documented limits: requests per second and address.
RATES_PER_S: Mapping[str, float] = MappingProxyType(
    {TIME: 5, INSTRUMENTS: 10, TRADES: 50, HISTORY_TRADES: 10, CANDLES: 20, HISTORY_CANDLES: 10}
)
RETRIED_CODES = frozenset({"50001", "50004", "50011", "50013", "50026"})
RECENT_TRADES = 500
TRADES_PER_PAGE = 100
CANDLES_PER_PAGE = 300
RECENT_BARS = 1_440


class OkxRest(ExchangeRest):
    """One client per process; `exchange` is the name of its instruments' exchange here."""

    def __init__(self, exchange: str, endpoint: Endpoint, rules: RestRules, clock: Clock) -> None:
        self._exchange = exchange
        self._clock = clock
        self._reader = TradeReader(exchange)
        self._http = HttpClient(exchange, endpoint, rules, clock, RATES_PER_S, _data_of)

    async def time(self) -> datetime:
        return await self._http.get(TIME, {}, read_time)

    async def instruments(self, symbols: Iterable[str]) -> list[Instrument]:
        requested = frozenset(symbols)
        listed: list[Instrument] = []
        for query in listings_of(sorted(requested)):
            listed += await self._http.get(
                INSTRUMENTS, query, lambda data: read_instruments(data, self._exchange)
            )
        return [instrument for instrument in listed if instrument.id.symbol in requested]

    async def recent_trades(
        self, instrument: InstrumentId, limit: int | None = None
    ) -> list[Trade]:
        return await self._trades(TRADES, instrument, {"limit": str(limit or RECENT_TRADES)})

    async def trades_before(self, instrument: InstrumentId, trade_id: int) -> list[Trade]:
        cursor = {"type": "1", "after": str(trade_id), "limit": str(TRADES_PER_PAGE)}
        return await self._trades(HISTORY_TRADES, instrument, cursor)

    async def candles_before(
        self, instrument: InstrumentId, timeframe: Timeframe, time: datetime, limit: int
    ) -> list[Candle]:
        limit = min(limit, CANDLES_PER_PAGE)
        query = {
            "instId": instrument.symbol,
            "bar": BARS[timeframe],
            "after": str((time - EPOCH) // timedelta(milliseconds=1)),
            "limit": str(limit),
        }
        bars_back = (self._clock.now() - time) / timeframe.duration + limit
        path = CANDLES if bars_back < RECENT_BARS else HISTORY_CANDLES
        newest_first = await self._http.get(
            path, query, lambda data: read_candles(data, instrument, timeframe)
        )
        return newest_first[::-1]

    async def close(self) -> None:
        await self._http.close()

    async def _trades(
        self, path: str, instrument: InstrumentId, query: Mapping[str, str]
    ) -> list[Trade]:
        trades = await self._http.get(
            path,
            {"instId": instrument.symbol, **query},
            lambda data: self._reader.trades(instrument.symbol, read_trade_rows(data)),
        )
        return sorted(trades, key=lambda trade: trade.trade_id)


def _data_of(response: httpx.Response, request: str) -> bytes:
    """Return the data of a successful response; raise the matching feed error for any other."""
    status, busy = response.status_code, is_busy(response)
    try:
        answer = read_response(response.content)
    except ProtocolError as error:
        kind = TemporaryFeedError if busy or response.is_success else PermanentFeedError
        raise kind(f"{request}: HTTP {status}: {error}") from error
    code = str(answer.code)
    if code == "0" and response.is_success:
        return answer.data
    problem = f"{request}: HTTP {status}, code {code}: {answer.msg}"
    if busy or code in RETRIED_CODES:
        raise TemporaryFeedError(problem)
    raise PermanentFeedError(problem)
