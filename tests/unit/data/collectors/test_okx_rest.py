"""The REST client against the simulated exchange, and against servers that misbehave."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from data import InstrumentId, InstrumentState, Timeframe
from data.collectors.config import Endpoint, RestRules
from data.collectors.okx.rest import OkxRest
from data.errors import PermanentFeedError, TemporaryFeedError
from tests.builders import START
from utils.clock import ManualClock, SystemClock

Answer = tuple[int, object]
BTC = InstrumentId("okx", "BTC-USDT")
MINUTE_MS = 60_000
NOW_MS = int(START.timestamp() * 1000)


class Exchange:
    """A web server with given answers, which records its requests."""

    def __init__(self, answer: Callable[[str, dict[str, str]], Answer]) -> None:
        self.answer = answer
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.clock = ManualClock(START)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[OkxRest]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        endpoint = Endpoint(rest_url=f"http://127.0.0.1:{port}", ws_url="ws://127.0.0.1:1")
        rest = OkxRest("okx", endpoint, RestRules(rate_share=1, timeout_s=1), self.clock)
        try:
            yield rest
        finally:
            await rest.close()
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        url = urlsplit(head.split(b" ", 2)[1].decode())
        query = dict(parse_qsl(url.query))
        self.requests.append((url.path, query))
        status, body = self.answer(url.path, query)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = b"HTTP/1.1 %d X\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
        writer.write(head % (status, len(raw)) + raw)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


def good(*rows: object) -> Answer:
    return 200, {"code": "0", "msg": "", "data": list(rows)}


def a_row(trade_id: int) -> dict[str, str]:
    return {
        "instId": "BTC-USDT", "tradeId": str(trade_id), "px": "100", "sz": "1", "side": "buy",
        "ts": str(NOW_MS + trade_id), "source": "0",
    }  # fmt: skip


def a_candle_row(minutes_back: int, confirm: str = "1") -> list[str]:
    return [str(NOW_MS - minutes_back * MINUTE_MS), "1", "3", "1", "2", "5", "9", "9", confirm]


async def test_trades_come_in_id_order() -> None:
    exchange = Exchange(lambda *_: good(a_row(3), a_row(2), a_row(1)))
    async with exchange.client() as rest:
        assert [t.trade_id for t in await rest.recent_trades(BTC)] == [1, 2, 3]
        await rest.recent_trades(BTC, limit=1)
        await rest.trades_before(BTC, 77)
    assert exchange.requests == [
        ("/api/v5/market/trades", {"instId": "BTC-USDT", "limit": "500"}),
        ("/api/v5/market/trades", {"instId": "BTC-USDT", "limit": "1"}),
        (
            "/api/v5/market/history-trades",
            {"instId": "BTC-USDT", "type": "1", "after": "77", "limit": "100"},
        ),
    ]


async def test_recent_and_old_candles_are_requested_in_different_places() -> None:
    exchange = Exchange(lambda *_: good(a_candle_row(0, "0"), a_candle_row(1), a_candle_row(2)))
    async with exchange.client() as rest:
        closed = await rest.candles_before(BTC, Timeframe.M1, START, 300)
        assert [c.open_time for c in closed] == [
            START - timedelta(minutes=2),
            START - timedelta(minutes=1),
        ]
        await rest.candles_before(BTC, Timeframe.M1, START - timedelta(days=1), 9_999)
    (recent, first), (old, second) = exchange.requests
    assert (recent, old) == ("/api/v5/market/candles", "/api/v5/market/history-candles")
    assert first == {"instId": "BTC-USDT", "bar": "1m", "after": str(NOW_MS), "limit": "300"}
    assert second["limit"] == "300"


async def test_the_exchange_returns_its_time() -> None:
    exchange = Exchange(lambda *_: good({"ts": str(NOW_MS)}))
    async with exchange.client() as rest:
        assert await rest.time() == START


async def test_only_requested_instruments_are_returned() -> None:
    row = {
        "instType": "SPOT", "state": "live", "baseCcy": "B", "quoteCcy": "Q", "tickSz": "1",
        "lotSz": "1", "minSz": "1",
    }  # fmt: skip
    exchange = Exchange(lambda *_: good({**row, "instId": "B-Q"}, {**row, "instId": "X-Q"}))
    async with exchange.client() as rest:
        (found,) = await rest.instruments(["B-Q"])
    assert (found.id, found.state) == (InstrumentId("okx", "B-Q"), InstrumentState.LIVE)
    assert exchange.requests == [("/api/v5/public/instruments", {"instType": "SPOT"})]


BUSY: list[Answer] = [
    (429, {"code": "50011", "msg": "Too Many Requests"}),
    (200, {"code": "50011", "msg": "Too Many Requests", "data": []}),
    (503, {"code": "50001", "msg": "", "data": []}),
    (500, {"code": "50026", "msg": "", "data": []}),
    (502, b"<html>bad gateway</html>"),
    (200, b"<html>maintenance</html>"),
    (200, {"code": "0", "data": [{"ts": "soon"}]}),
]


@pytest.mark.parametrize("answer", BUSY)
async def test_what_may_pass_is_tried_again_some_times(answer: Answer) -> None:
    answers = iter([answer, answer, good(a_row(1))])
    exchange = Exchange(lambda *_: next(answers))
    async with exchange.client() as rest:
        assert len(await rest.recent_trades(BTC)) == 1
    stubborn = Exchange(lambda *_: answer)
    async with stubborn.client() as rest:
        with pytest.raises(TemporaryFeedError):
            await rest.recent_trades(BTC)
    assert len(stubborn.requests) == RestRules().attempts


@pytest.mark.parametrize(
    "answer",
    [
        (200, {"code": "51001", "msg": "Instrument ID does not exist", "data": []}),
        (400, {"code": "51000", "msg": "Parameter bar error", "data": []}),
        (404, b"no such page"),
    ],
)
async def test_what_will_not_pass_is_not_tried_again(answer: Answer) -> None:
    exchange = Exchange(lambda *_: answer)
    async with exchange.client() as rest:
        with pytest.raises(PermanentFeedError, match="GET /api/v5/market/trades"):
            await rest.recent_trades(BTC)
    assert len(exchange.requests) == 1


async def test_an_exchange_that_is_not_there_is_a_temporary_error() -> None:
    endpoint = Endpoint(rest_url="http://127.0.0.1:1", ws_url="ws://127.0.0.1:1")
    rest = OkxRest("okx", endpoint, RestRules(attempts=2), ManualClock(START))
    with pytest.raises(TemporaryFeedError, match="okx: GET /api/v5/public/time"):
        await rest.time()
    await rest.close()


async def test_requests_are_spaced_evenly() -> None:
    exchange = Exchange(lambda *_: good(a_row(1)))
    async with exchange.client() as rest:
        began_s = SystemClock().monotonic_s()
        await asyncio.gather(*(rest.trades_before(BTC, 1) for _ in range(4)))
        assert SystemClock().monotonic_s() - began_s > 0.25
