import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from data import CandleAggregator, InstrumentId, Timeframe
from data.collectors.config import FeedRules
from data.collectors.feed.feed import ExchangeFeed
from data.collectors.feed.stream import InstrumentStream
from data.collectors.feed.watchdog import SilenceWatch, StreamWatchdog
from data.collectors.tape.pipeline import TapePipeline
from data.status import StreamState
from tests.builders import BTC, START, ids_of, trades_at
from tests.fakes.exchange import FakeExchange
from utils.clock import ManualClock

RULES = FeedRules(stale_after_s=30, stale_intervals=20)


class FakeFeed(ExchangeFeed):
    """A feed that records its calls."""

    def __init__(self) -> None:
        self.requests: list[str] = []

    async def run(self) -> None:
        self.requests.append("run")

    async def resubscribe(self, instrument: InstrumentId) -> None:
        self.requests.append(f"resubscribe {instrument.symbol}")

    async def reconnect(self, instrument: InstrumentId) -> None:
        self.requests.append(f"reconnect {instrument.symbol}")


class Harness:
    """A stream that is watched for some time of a clock that is moved by hand."""

    def __init__(self, exchange: FakeExchange) -> None:
        self.exchange, self.feed, self.clock = exchange, FakeFeed(), ManualClock(START)
        pipeline = TapePipeline(BTC, None, CandleAggregator(BTC, [Timeframe.M1]))
        self.stream = InstrumentStream(BTC, pipeline)
        self.stream.on_acknowledged()

    async def catch_up(self, stream: InstrumentStream) -> None:
        stream.catch_up(self.exchange.ledger)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator["Harness"]:
        watchdog = StreamWatchdog(self.feed, self.exchange, RULES, self.clock, self.catch_up)
        watching = asyncio.create_task(watchdog.run([self.stream]))
        yield self
        watching.cancel()
        await asyncio.wait({watching})

    async def pass_time(self, seconds: float) -> None:
        until_s = self.clock.monotonic_s() + seconds
        while self.clock.monotonic_s() < until_s:  # noqa: ASYNC110 - the watchdog moves the clock
            await asyncio.sleep(0)


async def test_a_quiet_market_is_no_stale_stream() -> None:
    async with Harness(FakeExchange(trades_at(0))).watched() as harness:
        harness.stream.receive(trades_at(0), START)
        await harness.pass_time(200)
        assert harness.feed.requests == []
        assert harness.exchange.requests
        assert harness.stream.state is StreamState.LIVE


async def test_newer_trades_at_the_exchange_make_a_silent_stream_stale() -> None:
    async with Harness(FakeExchange(trades_at(0, 10))).watched() as harness:
        harness.stream.receive(trades_at(0), START)
        await harness.pass_time(45)
        assert harness.feed.requests == ["resubscribe BTC-USDT"]
        assert harness.stream.state is StreamState.STALE
        batch = harness.stream.pipeline.take()
        assert batch is not None
        assert ids_of(batch.trades) == [1, 2]


async def test_a_stream_that_stays_silent_loses_its_socket() -> None:
    async with Harness(FakeExchange(trades_at(0, 10))).watched() as harness:
        harness.stream.receive(trades_at(0), START)
        await harness.pass_time(45)
        harness.exchange.ledger += trades_at(50, first_id=3)
        await harness.pass_time(45)
        assert harness.feed.requests == ["resubscribe BTC-USDT", "reconnect BTC-USDT"]


async def test_a_stream_that_receives_again_is_healthy() -> None:
    async with Harness(FakeExchange(trades_at(0, 10))).watched() as harness:
        harness.stream.receive(trades_at(0), START)
        await harness.pass_time(45)
        harness.stream.receive(trades_at(46, first_id=3), START)
        await harness.pass_time(10)
        assert harness.stream.state is StreamState.LIVE


async def test_a_stream_without_a_socket_or_refused_is_not_probed() -> None:
    async with Harness(FakeExchange(trades_at(0, 10))).watched() as harness:
        harness.stream.on_lost()
        await harness.pass_time(200)
        harness.stream.on_acknowledged()
        harness.stream.fail("refused")
        await harness.pass_time(200)
        assert harness.exchange.requests == []


async def test_without_an_answer_only_a_stream_that_was_busy_is_taken_for_stale() -> None:
    async with Harness(FakeExchange([], failures=iter([True] * 100))).watched() as harness:
        await harness.pass_time(100)
        assert harness.feed.requests == []
        for second in range(60):
            harness.stream.receive(trades_at(second, first_id=second), START)
            await harness.pass_time(1)
        await harness.pass_time(300)
        assert harness.feed.requests[0] == "resubscribe BTC-USDT"


def test_the_timeout_follows_the_markets_own_pauses() -> None:
    stream = Harness(FakeExchange([])).stream
    watch = SilenceWatch(stream, 0)
    for minute in range(1, 60):
        stream.trades += 10
        watch.update(minute * 60)
    assert not watch.overdue(59 * 60 + 100, RULES)
    assert watch.overdue(59 * 60 + 200, RULES)
