import msgspec
import pytest

from data import Candle, CandleAggregator, CandleSource, TapeBatch, Timeframe, Trade
from data.collectors.backfill.candle_corrector import CandleCorrector
from data.collectors.config import HistoryRules
from data.collectors.store import CollectorStore
from data.collectors.tape.candle_repair import CandleRepairer
from data.errors import TemporaryFeedError
from tests.builders import BTC, START, at, trades_at
from tests.fakes import InMemoryStore
from tests.fakes.collectors import collector_store
from tests.fakes.exchange import FakeExchange
from utils.clock import ManualClock

MARKET = trades_at(*range(0, 600, 20))
RULES = HistoryRules(settle_s=5, round_s=60)


class Harness:
    """A tape that began in the middle of a minute, and an exchange that has it all."""

    def __init__(self, *, failures: int = 0) -> None:
        self.store: CollectorStore = collector_store(InMemoryStore())
        self.exchange = FakeExchange(MARKET, failures=iter([True] * failures))
        self.clock = ManualClock(START)
        tape: list[Trade] = MARKET[4:]
        fold = CandleAggregator(BTC, [Timeframe.M1])
        self.candles = [candle for trade in tape for candle in fold.add(trade)]
        writer = self.store.trades.open_writer()
        writer.claim([BTC])
        writer.commit([TapeBatch(instrument=BTC, trades=tape, candles=self.candles)])
        writer.close()
        self.correction = self.rebuilt_candles()

    def rebuilt_candles(self) -> CandleCorrector:
        rebuilder = CandleRepairer(self.store, [Timeframe.M1])
        return CandleCorrector(self.store, self.exchange, RULES, self.clock, rebuilder)

    def best(self) -> list[Candle]:
        return self.store.candles.best(BTC, Timeframe.M1, START, at(600))


async def test_the_exchange_is_queried_some_seconds_after_the_close() -> None:
    harness = Harness()
    harness.correction.add_announced(harness.candles)
    await harness.correction.complete()
    assert harness.exchange.requests == []
    harness.clock.advance(5)
    await harness.correction.complete()
    assert harness.exchange.requests == ["candles 1m before 06 00:02"]
    first, *others = harness.best()
    assert (first.source, first.complete, first.volume) == (CandleSource.EXCHANGE, True, 3)
    assert all(candle.source is CandleSource.TRADES for candle in others)
    harness.clock.advance(600)
    await harness.correction.complete()
    assert len(harness.exchange.requests) == 1


async def test_what_is_stored_incomplete_is_read_at_the_start() -> None:
    harness = Harness()
    await harness.correction.add_stored([BTC], [Timeframe.M1])
    harness.clock.advance(5)
    await harness.correction.complete()
    assert all(candle.complete for candle in harness.best())


async def test_our_own_complete_version_is_preferred() -> None:
    harness = Harness()
    harness.store.trades.add_late(MARKET[:4])
    (torn,) = harness.store.candles.announced(BTC, Timeframe.M1, at(120), at(180))
    harness.correction.add_announced([msgspec.structs.replace(torn, complete=False)])
    harness.clock.advance(5)
    await harness.correction.complete()
    assert harness.exchange.requests == []


async def test_an_exchange_that_is_busy_is_retried_but_not_for_ever() -> None:
    harness = Harness(failures=1)
    harness.correction.add_announced(harness.candles)
    harness.clock.advance(5)
    with pytest.raises(TemporaryFeedError):
        await harness.correction.complete()
    await harness.correction.complete()
    assert len(harness.exchange.requests) == 1
    harness.exchange.ledger = []
    for _ in range(5):
        harness.clock.advance(60)
        await harness.correction.complete()
    assert len(harness.exchange.requests) == 3
