"""A span of centuries takes no longer than the data stored in it."""

from datetime import UTC, datetime

from backtesting.config import BacktestResolution
from backtesting.data.history import BacktestScope
from backtesting.data.stored import HistorySource, MarketStore
from data import CandleFrame, Gaps, InstrumentId, Timeframe, TimeSpan
from tests.builders import BTC, a_candle, an_instrument, at
from tests.fakes import (
    InMemoryCandleRepository,
    InMemoryHoleRepository,
    InMemoryInstrumentRepository,
    InMemoryStore,
    InMemoryTradeRepository,
)

CENTURIES = TimeSpan(datetime(1700, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))


class CountingCandles(InMemoryCandleRepository):
    """Counts how often a frame is read."""

    reads = 0

    def frame(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        start: datetime,
        end: datetime,
        *,
        gaps: Gaps = "flat",
    ) -> CandleFrame:
        self.reads += 1
        return super().frame(instrument, timeframe, start, end, gaps=gaps)


def source_of(candles: CountingCandles, store: InMemoryStore) -> HistorySource:
    market = MarketStore(
        instruments=InMemoryInstrumentRepository(store),
        candles=candles,
        trades=InMemoryTradeRepository(store),
        holes=InMemoryHoleRepository(store),
    )
    scope = BacktestScope(instrument=an_instrument(BTC), timeframe=Timeframe.M1, span=CENTURIES)
    return HistorySource(market, scope, BacktestResolution.BARS, "skip")


def test_prints_are_read_where_any_are_stored() -> None:
    store = InMemoryStore()
    candles = CountingCandles(store)
    source = source_of(candles, store)
    assert list(source.candles(CENTURIES)) == []
    candles.save([a_candle(60 * minute) for minute in range(10)])
    source = source_of(candles, store)
    assert sum(map(len, source.candles(CENTURIES))) == 10
    assert sum(map(len, source.candles(TimeSpan(at(60), at(180))))) == 2
    assert list(source.candles(TimeSpan(at(86_400), CENTURIES.end))) == []
    assert candles.reads == 2


def test_decisions_are_read_where_any_candles_are_stored() -> None:
    store = InMemoryStore()
    candles = CountingCandles(store)
    candles.save([a_candle(60 * minute) for minute in range(10)])
    frames = list(source_of(candles, store).frames(Timeframe.M1, CENTURIES, 100))
    assert sum(map(len, frames)) == 10
    assert candles.reads <= 3
