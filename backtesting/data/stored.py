"""Histories in the database, read in chunks: memory does not grow with the span."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from backtesting.config import BacktestResolution
from backtesting.data.decisions import DecisionBatch, join_before_start
from backtesting.data.history import BacktestScope, History, Prints, closes_of
from bot_manager.trading import CandleColumns, Scales, TapeColumns, from_us
from bot_manager.trading.units import Int64s
from data import CandleFrame, Gaps, Timeframe, TimeSpan, Trade, to_datetime64
from data.ports import CandleRepository, HoleRepository, InstrumentRepository, TradeRepository
from data.verification.chained_rows import ChainedRows
from strategies.frame_reader import FrameReader
from strategies.strategy_handle import ConfiguredStrategy

PAGE_CANDLES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketStore:
    """Repositories of market data."""

    instruments: InstrumentRepository
    candles: CandleRepository
    trades: TradeRepository
    holes: HoleRepository


@dataclass(frozen=True)
class HistorySource:
    """Stored data of one scope: candles as floats, trades as values."""

    market: MarketStore
    scope: BacktestScope
    resolution: BacktestResolution
    gaps: Gaps

    def frames(self, timeframe: Timeframe, span: TimeSpan, warmup: int) -> Iterator[CandleFrame]:
        """Yield the candles of a timeframe, with the warm-up before them."""
        instrument = self.scope.instrument.id
        reader = FrameReader(self.market.candles, instrument, timeframe, self.gaps)
        yield from reader.frames(span, warmup)

    def second_frames(
        self, timeframe: Timeframe, span: TimeSpan, warmup: int
    ) -> Iterator[CandleFrame]:
        """Yield the candles of a second timeframe, with the warm-up before them."""
        instrument = self.scope.instrument.id
        reader = FrameReader(self.market.candles, instrument, timeframe, self.gaps)
        yield from reader.frames_to_end(span, warmup)

    def second_span(self, timeframe: Timeframe, warmup: int) -> TimeSpan:
        """Return the span of second-timeframe candles that are visible from the first timeframe."""
        scope = self.scope
        reader = FrameReader(self.market.candles, scope.instrument.id, scope.timeframe, self.gaps)
        first = reader.start(scope.decided.start, warmup)
        return TimeSpan(first - timeframe.duration, scope.span.end)

    @property
    def print_timeframe(self) -> Timeframe:
        """Return the timeframe of the candles that serve as prints."""
        return (
            Timeframe.M1 if self.resolution is BacktestResolution.MINUTES else self.scope.timeframe
        )

    def candles(self, span: TimeSpan) -> Iterator[CandleFrame]:
        """Yield the candles that serve as prints, page by page; none outside the stored span."""
        if self._stored is None:
            return
        timeframe = self.print_timeframe
        start, stop = max(span.start, self._stored.start), min(span.end, self._stored.end)
        while start < stop:
            end = min(stop, start + PAGE_CANDLES * timeframe.duration)
            yield self.market.candles.frame(
                self.scope.instrument.id, timeframe, start, end, gaps=None
            )
            start = end

    @cached_property
    def _stored(self) -> TimeSpan | None:
        return self.market.candles.stored_span(self.scope.instrument.id, self.print_timeframe)

    def trades(self, span: TimeSpan) -> Iterator[list[Trade]]:
        """Yield the trades that serve as prints, page by page."""
        return self.market.trades.between(self.scope.instrument.id, span.start, span.end)

    def chained_trades(self, span: TimeSpan) -> ChainedRows:
        """Return the trades that serve as prints, with a check of their chain while reading."""
        instrument, market = self.scope.instrument.id, self.market
        return ChainedRows(market.trades, market.holes.of(instrument), instrument, span)


class StreamedHistory(History):
    """A history that each run reads again, in constant memory."""

    def __init__(self, source: HistorySource, scales: Scales) -> None:
        super().__init__(source.scope, scales)
        self._source = source

    def frames(self, strategy: ConfiguredStrategy) -> Iterator[CandleFrame]:
        warmup = strategy.warmup(self.scope.timeframe)
        return self._source.frames(self.scope.timeframe, self.scope.decided, warmup)

    def second_frames(self, strategy: ConfiguredStrategy) -> Iterator[CandleFrame]:
        second = strategy.second()
        if second is not None:
            span = self._source.second_span(second.timeframe, strategy.warmup(self.scope.timeframe))
            yield from self._source.second_frames(second.timeframe, span, second.warmup)

    def candles(self) -> Iterator[CandleFrame]:
        start = to_datetime64(self.scope.span.start)
        for frame in self._source.frames(self.scope.timeframe, self.scope.span, 0):
            yield frame.take(frame.open_time >= start).known_rows()

    def closes(self) -> Iterator[tuple[Int64s, Int64s]]:
        for frame in self.candles():
            yield closes_of(CandleColumns.of(frame, self.scales))

    def prints(self, start_us: int, end_us: int) -> Iterator[Prints]:
        span = TimeSpan.between(from_us(start_us), from_us(end_us))
        if span is None:
            return
        if self._source.resolution is BacktestResolution.TRADES:
            for page in self._source.trades(span):
                yield TapeColumns.of(page, self.scales)
        else:
            for frame in self._source.candles(span):
                yield CandleColumns.of(frame, self.scales)

    def batches(self, decided: Iterable[DecisionBatch]) -> Iterator[DecisionBatch]:
        yield from join_before_start(self.scope.start_us, decided)
