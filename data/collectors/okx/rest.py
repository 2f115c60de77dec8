"""OKX's REST interface within its limits: evenly spaced requests, with retries."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TypeVar

import httpx
from aiolimiter import AsyncLimiter
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from data.collectors.config import Endpoint, RestRules
from data.collectors.okx.messages import MessageReader
from data.collectors.okx.rows import (
    BARS,
    OkxResponse,
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

T = TypeVar("T")


class OkxRest(ExchangeRest):
    """One client per process; `exchange` is the name of its instruments' exchange here."""

    def __init__(self, exchange: str, endpoint: Endpoint, rules: RestRules, clock: Clock) -> None:
        self._exchange = exchange
        self._rules = rules
        self._clock = clock
        self._reader = MessageReader(exchange)
        self._http = httpx.AsyncClient(
            base_url=endpoint.rest_url,
            timeout=rules.timeout_s,
            trust_env=not endpoint.is_local,
            headers={"user-agent": "truetape"},
        )
        # One request per period, never a burst: bursts within the rate were refused in practice.
        self._limiters = {
            path: AsyncLimiter(1, 1 / (rate * rules.rate_share))
            for path, rate in RATES_PER_S.items()
        }

    async def time(self) -> datetime:
        return await self._get(TIME, {}, read_time)

    async def instruments(self, symbols: Iterable[str]) -> list[Instrument]:
        requested = frozenset(symbols)
        listed: list[Instrument] = []
        for query in listings_of(sorted(requested)):
            listed += await self._get(
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
        newest_first = await self._get(
            path, query, lambda data: read_candles(data, instrument, timeframe)
        )
        return newest_first[::-1]

    async def close(self) -> None:
        await self._http.aclose()

    async def _trades(
        self, path: str, instrument: InstrumentId, query: Mapping[str, str]
    ) -> list[Trade]:
        trades = await self._get(
            path,
            {"instId": instrument.symbol, **query},
            lambda data: self._reader.trades(instrument.symbol, read_trade_rows(data)),
        )
        return sorted(trades, key=lambda trade: trade.trade_id)

    async def _get(self, path: str, query: Mapping[str, str], read: Callable[[bytes], T]) -> T:
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(TemporaryFeedError),
            stop=stop_after_attempt(self._rules.attempts),
            wait=wait_random_exponential(self._rules.backoff_first_s, self._rules.backoff_cap_s),
            sleep=self._clock.sleep,
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                return await self._get_once(path, query, read)
        raise AssertionError("unreachable: the last attempt raises")

    async def _get_once(self, path: str, query: Mapping[str, str], read: Callable[[bytes], T]) -> T:
        async with self._limiters[path]:
            try:
                response = await self._http.get(path, params=dict(query))
            except httpx.TransportError as error:
                reason = str(error) or type(error).__name__
                raise TemporaryFeedError(f"{self._exchange}: GET {path}: {reason}") from error
        request = f"{self._exchange}: GET {path} {dict(query)}"
        try:
            return read(_check_response(response, request).data)
        except ProtocolError as error:
            raise TemporaryFeedError(f"{request}: {error}") from error


def _check_response(response: httpx.Response, request: str) -> OkxResponse:
    """Return a successful response; raise the matching feed error for any other."""
    status = response.status_code
    busy = status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR
    try:
        answer = read_response(response.content)
    except ProtocolError as error:
        kind = TemporaryFeedError if busy or response.is_success else PermanentFeedError
        raise kind(f"{request}: HTTP {status}: {error}") from error
    code = str(answer.code)
    if code == "0" and response.is_success:
        return answer
    problem = f"{request}: HTTP {status}, code {code}: {answer.msg}"
    if busy or code in RETRIED_CODES:
        raise TemporaryFeedError(problem)
    raise PermanentFeedError(problem)
