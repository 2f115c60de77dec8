import msgspec
import pytest

from data import Candle, CandleAggregator, CandleSource, TapeBatch, Timeframe, Trade
from data.collectors.config import HistoryRules
from data.collectors.refold import Refolder
from data.collectors.second_opinion import SecondOpinions
from data.collectors.store import CollectorStore
from data.errors import TemporaryFeedError
from tests.builders import BTC, START, at, trades_at
from tests.fakes import InMemoryStore
from tests.fakes.collecting import collector_store
from tests.fakes.exchange import FakeExchange
from utils.clock import ManualClock

MARKET = trades_at(*range(0, 600, 20))
RULES = HistoryRules(settle_s=5, round_s=60)


class Scene:
    """A tape that began in the middle of a minute, and an exchange that knows it all."""

    def __init__(self, *, troubles: int = 0) -> None:
        self.store: CollectorStore = collector_store(InMemoryStore())
        self.exchange = FakeExchange(MARKET, troubles=iter([True] * troubles))
        self.clock = ManualClock(START)
        tape: list[Trade] = MARKET[4:]
        fold = CandleAggregator(BTC, [Timeframe.M1])
        self.candles = [candle for trade in tape for candle in fold.add(trade)]
        writer = self.store.trades.open_writer()
        writer.claim([BTC])
        writer.commit([TapeBatch(instrument=BTC, trades=tape, candles=self.candles)])
        writer.close()
        self.opinions = self.afresh()

    def afresh(self) -> SecondOpinions:
        refolder = Refolder(self.store, [Timeframe.M1])
        return SecondOpinions(self.store, self.exchange, RULES, self.clock, refolder)

    def best(self) -> list[Candle]:
        return self.store.candles.best(BTC, Timeframe.M1, START, at(600))


async def test_the_exchange_is_asked_some_seconds_after_the_close() -> None:
    scene = Scene()
    scene.opinions.announced(scene.candles)
    await scene.opinions.complete()
    assert scene.exchange.asked == []
    scene.clock.advance(5)
    await scene.opinions.complete()
    assert scene.exchange.asked == ["candles 1m before 06 00:02"]
    first, *others = scene.best()
    assert (first.source, first.complete, first.volume) == (CandleSource.EXCHANGE, True, 3)
    assert all(candle.source is CandleSource.TRADES for candle in others)
    scene.clock.advance(600)
    await scene.opinions.complete()
    assert len(scene.exchange.asked) == 1


async def test_what_is_stored_incomplete_is_remembered_at_the_start() -> None:
    scene = Scene()
    await scene.opinions.remember([BTC], [Timeframe.M1])
    scene.clock.advance(5)
    await scene.opinions.complete()
    assert all(candle.complete for candle in scene.best())


async def test_our_own_complete_version_is_preferred() -> None:
    scene = Scene()
    scene.store.trades.add_late(MARKET[:4])
    (torn,) = scene.store.candles.announced(BTC, Timeframe.M1, at(120), at(180))
    scene.opinions.announced([msgspec.structs.replace(torn, complete=False)])
    scene.clock.advance(5)
    await scene.opinions.complete()
    assert scene.exchange.asked == []


async def test_an_exchange_that_is_busy_is_asked_again_but_not_for_ever() -> None:
    scene = Scene(troubles=1)
    scene.opinions.announced(scene.candles)
    scene.clock.advance(5)
    with pytest.raises(TemporaryFeedError):
        await scene.opinions.complete()
    await scene.opinions.complete()
    assert len(scene.exchange.asked) == 1
    scene.exchange.ledger = []
    for _ in range(5):
        scene.clock.advance(60)
        await scene.opinions.complete()
    assert len(scene.exchange.asked) == 3
