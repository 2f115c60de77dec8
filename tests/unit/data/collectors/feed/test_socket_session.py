"""One socket's life, against a server that follows a script."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from data import InstrumentId, Trade
from data.collectors.config import FeedRules
from data.collectors.feed.connection import CloseReason, Dialer
from data.collectors.feed.feed import FeedCounters, FeedListener
from data.collectors.feed.socket_session import SocketSession
from data.collectors.okx.messages import OkxProtocol
from utils.clock import SystemClock

RULES = FeedRules(
    connects_per_s=1000, heartbeat_s=0.12, pong_timeout_s=0.12, ack_timeout_s=0.1,
    undecodable_limit=3, requests_per_hour=3, open_timeout_s=2,
)  # fmt: skip
A, B = "A-USDT", "B-USDT"
INSTRUMENTS = [InstrumentId("okx", symbol) for symbol in (A, B)]
Script = Callable[["Exchange"], Awaitable[None]]


class Listener(FeedListener):
    """A listener that records its calls."""

    def __init__(self) -> None:
        self.counters = FeedCounters()
        self.full = False
        self.received: list[str] = []
        self.capacity_waits = 0
        self.capacity = asyncio.Event()

    def on_trades(self, instrument: InstrumentId, trades: Sequence[Trade]) -> None:
        self.received += [f"{instrument.symbol} {trade.trade_id}" for trade in trades]

    def on_acknowledged(self, instrument: InstrumentId) -> None:
        self.received.append(f"acknowledged {instrument.symbol}")

    def on_lost(self, instrument: InstrumentId) -> None:
        self.received.append(f"lost {instrument.symbol}")

    def on_refused(self, instrument: InstrumentId, problem: str) -> None:
        self.received.append(f"refused {instrument.symbol} {problem}")

    def on_disconnected(self, problem: str, retry_at: datetime) -> None:
        self.received.append(f"disconnected {problem} {retry_at}")

    def on_connected(self) -> None:
        self.received.append("connected")

    async def wait_for_capacity(self) -> None:
        self.capacity_waits += 1
        await self.capacity.wait()
        self.full = False


class Exchange:
    """The other side of one socket."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.requests: list[tuple[str, list[str]]] = []
        self.pings = 0

    async def request(self) -> dict[str, Any]:
        """Wait for the next request; answer pings meanwhile."""
        async for text in self.socket:
            if text == "ping":
                self.pings += 1
                await self.socket.send("pong")
                continue
            request: dict[str, Any] = json.loads(text)
            self.requests.append((request["op"], [arg["instId"] for arg in request["args"]]))
            return request
        raise AssertionError("the client left without a request")

    async def acknowledge(self, request: dict[str, Any]) -> None:
        for arg in request["args"]:
            await self.send({"event": request["op"], "arg": arg, "connId": "a4d3ae55"})

    async def send(self, message: object) -> None:
        text = message if isinstance(message, str | bytes) else json.dumps(message)
        await self.socket.send(text)

    async def trade(self, symbol: str, trade_id: int, channel: str = "trades-all") -> None:
        row = {
            "instId": symbol, "tradeId": str(trade_id), "px": "1", "sz": "1", "side": "buy",
            "ts": "1788118931677",
        }  # fmt: skip
        await self.send({"arg": {"channel": channel, "instId": symbol}, "data": [row]})

    async def close(self, code: int) -> None:
        await self.socket.close(code)

    async def stay(self) -> None:
        """Send nothing but pongs until the client leaves."""
        async for text in self.socket:
            if text == "ping":
                self.pings += 1
                await self.socket.send("pong")
            else:
                request = json.loads(text)
                self.requests.append((request["op"], [arg["instId"] for arg in request["args"]]))

    async def sleep(self, seconds: float) -> None:
        """Send nothing, not even a pong."""
        await asyncio.sleep(seconds)


class SessionHarness:
    """A session and the exchange that it meets."""

    def __init__(self, session: SocketSession, listener: Listener) -> None:
        self.session, self.listener = session, listener
        self.exchange: Exchange
        self.running: asyncio.Task[CloseReason]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a state of the session; fail if it ends before, or after 20 s."""
        async with asyncio.timeout(20):
            while not condition():
                assert not self.running.done()
                await asyncio.sleep(0.01)

    async def until_received(self, *texts: str) -> None:
        await self.until(lambda: set(texts) <= set(self.listener.received))


def okx_session(port: int, listener: Listener, rules: FeedRules) -> SocketSession:
    url, protocol = f"ws://127.0.0.1:{port}", OkxProtocol("okx", "trades-all")
    return SocketSession(url, INSTRUMENTS, protocol, listener, rules, SystemClock())


@asynccontextmanager
async def session_harness(
    script: Script, rules: FeedRules = RULES
) -> AsyncIterator[SessionHarness]:
    listener, opened = Listener(), asyncio.Event()

    async def play(socket: ServerConnection) -> None:
        harness.exchange = Exchange(socket)
        opened.set()
        try:
            await script(harness.exchange)
        except ConnectionClosed:
            listener.received.append("left")

    async with serve(play, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        session = okx_session(port, listener, rules)
        harness = SessionHarness(session, listener)
        harness.running = asyncio.create_task(session.run(Dialer(rules, direct=True)))
        await asyncio.wait_for(opened.wait(), 20)
        yield harness
        harness.running.cancel()
        await asyncio.wait({harness.running})


async def ended(harness: SessionHarness) -> CloseReason:
    return await asyncio.wait_for(harness.running, 5)


async def test_a_session_subscribes_once_and_delivers_what_comes() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.acknowledge(await exchange.request())
        await exchange.trade(A, 1)
        await exchange.trade(B, 7)
        await exchange.trade(A, 2)
        await exchange.trade("C-USDT", 9)
        await exchange.trade(A, 9, "trades")
        await exchange.send({"event": "channel-conn-count", "channel": "x", "connCount": "1"})
        await exchange.close(4005)

    async with session_harness(script) as harness:
        assert (await ended(harness)).code == 4005
        assert harness.session.ready.is_set()
        assert harness.session.live_since_s is not None
        assert harness.exchange.requests == [("subscribe", ["A-USDT", "B-USDT"])]
        received = harness.listener.received
        assert received[:3] == ["connected", "acknowledged A-USDT", "acknowledged B-USDT"]
        # In order within each stream; streams do not wait for each other.
        assert [what for what in received[3:-2] if what.startswith("A")] == ["A-USDT 1", "A-USDT 2"]
        assert sorted(received[3:-2]) == ["A-USDT 1", "A-USDT 2", "B-USDT 7"]
        assert received[-2:] == ["lost A-USDT", "lost B-USDT"]
        counters = harness.listener.counters
        assert (counters.frames, counters.undecodable) == (8, 0)
        assert counters.unhandled == {
            "trades": 2, "event:channel-conn-count": 1,
        }  # fmt: skip


async def test_data_before_the_acknowledgement_are_delivered_too() -> None:
    async def script(exchange: Exchange) -> None:
        request = await exchange.request()
        await exchange.trade(A, 1)
        await exchange.acknowledge(request)
        await exchange.trade(B, 1)
        await exchange.trade(A, 2)
        await exchange.stay()

    async with session_harness(script) as harness:
        await harness.until_received("A-USDT 2", "B-USDT 1")
        assert harness.session.ready.is_set()
        assert harness.listener.received[1] == "A-USDT 1"
        assert sorted(harness.listener.received[-2:]) == ["A-USDT 2", "B-USDT 1"]


async def test_a_quiet_connection_is_kept_alive_by_pings() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.acknowledge(await exchange.request())
        await exchange.stay()

    async with session_harness(script) as harness:
        await harness.until(lambda: harness.exchange.pings >= 2)
        await harness.session.close()
        assert (await ended(harness)).code == 1000


async def test_a_connection_without_a_pong_is_aborted() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.acknowledge(await exchange.request())
        await exchange.socket.wait_closed()

    async with session_harness(script) as harness:
        assert await ended(harness) == CloseReason(None, "no data and no pong received")


async def test_what_we_do_not_read_is_no_silence_of_the_other_side() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.acknowledge(await exchange.request())
        await exchange.trade(A, 1)
        await exchange.sleep(2 * (RULES.heartbeat_s + RULES.pong_timeout_s))
        await exchange.trade(A, 2)
        harness.listener.capacity.set()
        await exchange.stay()

    async with session_harness(script) as harness:
        harness.listener.full = True
        await harness.until_received("A-USDT 2")
        assert harness.listener.capacity_waits == 1
        assert not harness.running.done()


async def test_an_unanswered_subscription_is_repeated_once_and_then_the_connection_is_aborted() -> (
    None
):
    async def script(exchange: Exchange) -> None:
        request = await exchange.request()
        await exchange.acknowledge({**request, "args": request["args"][:1]})
        await exchange.stay()

    async with session_harness(script) as harness:
        assert "no response to the subscription to B-USDT" in (await ended(harness)).text
        assert harness.exchange.requests == [
            ("subscribe", ["A-USDT", "B-USDT"]),
            ("subscribe", ["B-USDT"]),
        ]


async def test_without_requests_left_nothing_is_sent_until_the_line_is_cut() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.stay()

    rules = RULES.model_copy(update={"requests_per_hour": 1})
    async with session_harness(script, rules) as harness:
        await harness.until(lambda: harness.exchange.pings >= 3)
        assert len(harness.exchange.requests) == 1
        await harness.session.resubscribe(A)
        assert (await ended(harness)).text == "hourly limit of subscription requests reached"


async def test_a_refused_argument_does_not_stop_the_others() -> None:
    async def script(exchange: Exchange) -> None:
        request = await exchange.request()
        text = "Wrong URL or channel:trades-all,instId:B-USDT doesn't exist."
        await exchange.send({"event": "error", "code": "60018", "msg": text})
        await exchange.send({"event": "error", "code": "60014", "msg": "Requests too frequent"})
        await exchange.send({"event": "error", "code": "60012", "msg": "Invalid request"})
        await exchange.acknowledge({**request, "args": request["args"][:1]})
        await exchange.trade(A, 1)
        await exchange.stay()

    async with session_harness(script) as harness:
        await harness.until_received("A-USDT 1")
        assert harness.session.ready.is_set()
        assert harness.listener.received[1].startswith("refused B-USDT 60018: Wrong URL")
        assert harness.listener.received[-1] == "A-USDT 1"


async def test_a_silent_stream_is_subscribed_anew_on_its_socket() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.acknowledge(await exchange.request())
        await exchange.trade(A, 1)
        await exchange.acknowledge(await exchange.request())
        await exchange.acknowledge(await exchange.request())
        await exchange.trade(A, 2)
        await exchange.stay()

    async with session_harness(script) as harness:
        await harness.until_received("A-USDT 1")
        await harness.session.resubscribe(A)
        await harness.until_received("A-USDT 2")
        assert harness.exchange.requests[1:] == [
            ("unsubscribe", ["A-USDT"]),
            ("subscribe", ["A-USDT"]),
        ]
        assert harness.listener.received[-3:] == ["lost A-USDT", "acknowledged A-USDT", "A-USDT 2"]


async def test_an_announced_end_is_reported_before_it_comes() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.acknowledge(await exchange.request())
        await exchange.send({"event": "notice", "code": "64008", "msg": "upgrade", "connId": "a"})
        await exchange.stay()

    async with session_harness(script) as harness:
        await asyncio.wait_for(harness.session.leaving.wait(), 5)
        assert not harness.running.done()


async def test_too_many_unreadable_frames_end_the_socket() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.acknowledge(await exchange.request())
        for _ in range(9):
            await exchange.send("{")
            await exchange.send(b"\x00\xff")
        await exchange.stay()

    async with session_harness(script) as harness:
        assert "unreadable frames within" in (await ended(harness)).text
        assert harness.listener.counters.undecodable > RULES.undecodable_limit


async def test_a_socket_that_cannot_be_opened_reports_why() -> None:
    listener = Listener()
    session = okx_session(1, listener, RULES)
    over = await session.run(Dialer(RULES, direct=True))
    assert over.code is None
    assert over.text
    assert listener.received == []
    await session.resubscribe(A)
    session.abort("never opened")
    await session.close()
