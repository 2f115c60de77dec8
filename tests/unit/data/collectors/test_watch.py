import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from data import CandleAggregator, InstrumentId, Timeframe
from data.collectors.config import FeedRules
from data.collectors.feed import Feed
from data.collectors.pipeline import TapePipeline
from data.collectors.stream import Stream
from data.collectors.watch import SilenceWatch, StreamWatchdog
from data.status import StreamState
from tests.builders import BTC, START, ids_of, trades_at
from tests.fakes.exchange import FakeExchange
from utils.clock import ManualClock

RULES = FeedRules(stale_after_s=30, stale_intervals=20)


class FakeFeed(Feed):
    """A feed that notes what it was asked to do."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def run(self) -> None:
        self.asked.append("run")

    async def resubscribe(self, instrument: InstrumentId) -> None:
        self.asked.append(f"resubscribe {instrument.symbol}")

    async def reconnect(self, instrument: InstrumentId) -> None:
        self.asked.append(f"reconnect {instrument.symbol}")


class Scene:
    """A stream that is watched for some time of a clock that is moved by hand."""

    def __init__(self, exchange: FakeExchange) -> None:
        self.exchange, self.feed, self.clock = exchange, FakeFeed(), ManualClock(START)
        pipeline = TapePipeline(BTC, None, CandleAggregator(BTC, [Timeframe.M1]))
        self.stream = Stream(BTC, pipeline)
        self.stream.acknowledged()

    async def catch_up(self, stream: Stream) -> None:
        stream.catch_up(self.exchange.ledger)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator["Scene"]:
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
    async with Scene(FakeExchange(trades_at(0))).watched() as scene:
        scene.stream.receive(trades_at(0), START)
        await scene.pass_time(200)
        assert scene.feed.asked == []
        assert scene.exchange.asked
        assert scene.stream.state is StreamState.LIVE


async def test_newer_trades_at_the_exchange_prove_a_silent_stream_stale() -> None:
    async with Scene(FakeExchange(trades_at(0, 10))).watched() as scene:
        scene.stream.receive(trades_at(0), START)
        await scene.pass_time(45)
        assert scene.feed.asked == ["resubscribe BTC-USDT"]
        assert scene.stream.state is StreamState.STALE
        batch = scene.stream.pipeline.take()
        assert batch is not None
        assert ids_of(batch.trades) == [1, 2]


async def test_a_stream_that_stays_silent_loses_its_socket() -> None:
    async with Scene(FakeExchange(trades_at(0, 10))).watched() as scene:
        scene.stream.receive(trades_at(0), START)
        await scene.pass_time(45)
        scene.exchange.ledger += trades_at(50, first_id=3)
        await scene.pass_time(45)
        assert scene.feed.asked == ["resubscribe BTC-USDT", "reconnect BTC-USDT"]


async def test_a_stream_that_speaks_again_is_forgiven() -> None:
    async with Scene(FakeExchange(trades_at(0, 10))).watched() as scene:
        scene.stream.receive(trades_at(0), START)
        await scene.pass_time(45)
        scene.stream.receive(trades_at(46, first_id=3), START)
        await scene.pass_time(10)
        assert scene.stream.state is StreamState.LIVE


async def test_a_stream_without_a_socket_or_refused_is_not_asked_about() -> None:
    async with Scene(FakeExchange(trades_at(0, 10))).watched() as scene:
        scene.stream.lost()
        await scene.pass_time(200)
        scene.stream.acknowledged()
        scene.stream.fail("refused")
        await scene.pass_time(200)
        assert scene.exchange.asked == []


async def test_without_an_answer_only_a_stream_that_was_busy_is_taken_for_stale() -> None:
    async with Scene(FakeExchange([], troubles=iter([True] * 100))).watched() as scene:
        await scene.pass_time(100)
        assert scene.feed.asked == []
        for second in range(60):
            scene.stream.receive(trades_at(second, first_id=second), START)
            await scene.pass_time(1)
        await scene.pass_time(300)
        assert scene.feed.asked[0] == "resubscribe BTC-USDT"


def test_the_patience_follows_the_markets_own_pauses() -> None:
    stream = Scene(FakeExchange([])).stream
    watch = SilenceWatch(stream, 0)
    for minute in range(1, 60):
        stream.trades += 10
        watch.look(minute * 60)
    assert not watch.overdue(59 * 60 + 100, RULES)
    assert watch.overdue(59 * 60 + 200, RULES)
