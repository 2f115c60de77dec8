"""Loader of stored histories: units, digest and gaps; small histories are held in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from backtesting.config import BacktestResolution
from backtesting.data.history import History, InMemoryHistory
from backtesting.data.print_buffer import (
    CandleBuffer,
    PrintBuffer,
    TradeBuffer,
    new_digest,
    widened_scales,
)
from backtesting.data.quality import (
    DataQuality,
    Spans,
    as_rows,
    candles_within,
    require_enough,
    shown,
    uncovered,
)
from backtesting.data.stored import HistorySource, StreamedHistory
from backtesting.errors import NoData, TapeBroken
from backtesting.monitor import RunMonitor
from bot_manager.trading import Scales, from_us, to_us
from data import CandleFrame, HoleState, Timeframe, TimeSpan, from_datetime64, to_datetime64
from data.verification.tape_chain import TapeChain
from strategies.strategy_handle import ConfiguredStrategy
from strategies.window import joined

MAX_ROWS_IN_MEMORY = 3_000_000
"""Longer histories are not held in memory: each run reads them again."""

_HARMFUL = [state for state in HoleState if not state.harmless]
_DIGESTED = ("open_time", "open", "high", "low", "close", "volume", "flat")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedHistory:
    """A loaded history, the digest of its data, and their quality."""

    history: History
    digest: str
    quality: DataQuality


def load(
    source: HistorySource,
    strategies: Sequence[ConfiguredStrategy],
    max_missing: float,
    monitor: RunMonitor,
    max_rows_in_memory: int = MAX_ROWS_IN_MEMORY,
) -> LoadedHistory:
    """Load the history that these strategies need.

    Raises NoData, DataMissing, TapeBroken, UnsupportedInstrument.
    """
    return _Loader(source, strategies, monitor, max_rows_in_memory).load(max_missing)


class _Loader:
    def __init__(
        self,
        source: HistorySource,
        strategies: Sequence[ConfiguredStrategy],
        monitor: RunMonitor,
        max_rows_in_memory: int,
    ) -> None:
        self._source = source
        self._strategies = strategies
        self._monitor = monitor
        self._scales = Scales.of(source.scope.instrument)
        self._digest = new_digest()
        self._max_rows_in_memory = max_rows_in_memory
        self._frames: list[CandleFrame] = []
        self._rows = 0

    def load(self, max_missing: float) -> LoadedHistory:
        scope = self._source.scope
        warmup = max(strategy.warmup(scope.timeframe) for strategy in self._strategies)
        prints = self._read(warmup)
        if not prints.count or not self._rows:
            raise self._no_data()
        quality = self._quality(prints)
        require_enough(quality, max_missing)
        scales = widened_scales(self._scales, prints.price_decimals, prints.size_decimals)
        seconds = dict(self._read_seconds(warmup))
        return LoadedHistory(
            history=self._history(prints, scales, seconds),
            digest=self._digest.hexdigest(),
            quality=quality,
        )

    def _read(self, warmup: int) -> PrintBuffer:
        match self._source.resolution:
            case BacktestResolution.BARS:
                bars = self._candles()
                self._read_frames(warmup, bars)
                return bars
            case BacktestResolution.MINUTES:
                minutes = self._candles()
                self._read_minutes(minutes)
                self._read_frames(warmup, self._candles())
                return minutes
            case BacktestResolution.TRADES:
                trades = self._trades()
                self._read_trades(trades)
                self._read_frames(warmup, self._candles())
                return trades

    def _candles(self) -> CandleBuffer:
        return CandleBuffer(
            most=self._max_rows_in_memory,
            price_decimals=self._scales.price_decimals,
            size_decimals=self._scales.size_decimals,
        )

    def _trades(self) -> TradeBuffer:
        return TradeBuffer(
            most=self._max_rows_in_memory,
            price_decimals=self._scales.price_decimals,
            size_decimals=self._scales.size_decimals,
            digest=self._digest,
        )

    def _read_minutes(self, minutes: CandleBuffer) -> None:
        span = self._source.scope.span
        for frame in self._source.candles(span):
            self._feed(frame)
            minutes.take(frame)
            self._monitor.at(_part(span, from_us(minutes.last_us)) / 2)

    def _read_trades(self, trades: TradeBuffer) -> None:
        span = self._source.scope.span
        rows = self._source.chained_trades(span)
        for page in rows.pages():
            self._require_chain(rows.chain)
            trades.take(page, self._scales)
            self._monitor.at(_part(span, from_us(trades.last_us)) / 2)
        self._require_chain(rows.chain)
        trades.runs.append(self._taped())

    def _require_chain(self, chain: TapeChain) -> None:
        if chain.breaks:
            name = self._source.scope.instrument.id
            raise TapeBroken(
                f"the stored tape of {name} is broken: {chain.breaks[0]}; "
                f"truetape data verify {name} lists all such rows; restore a backup, "
                "or choose another span or resolution"
            )

    def _read_frames(self, warmup: int, prints: CandleBuffer) -> None:
        """Read the strategy's candles; those of the span also fill `prints`."""
        scope = self._source.scope
        start = to_datetime64(scope.span.start)
        for frame in self._source.frames(scope.timeframe, scope.decided, warmup):
            self._feed(frame)
            decided = frame.take(frame.open_time >= start)
            self._rows += len(decided.known_rows())
            prints.take(decided)
            self._frames = [*self._frames, frame] if self._rows <= self._max_rows_in_memory else []
            self._monitor.at(_part(scope.span, from_datetime64(frame.open_time[-1])))

    def _read_seconds(self, warmup: int) -> Iterator[tuple[Timeframe, CandleFrame]]:
        warmups: dict[Timeframe, int] = {}
        for second in (strategy.second() for strategy in self._strategies):
            if second is not None:
                warmups[second.timeframe] = max(warmups.get(second.timeframe, 0), second.warmup)
        for timeframe, rows in warmups.items():
            span = self._source.second_span(timeframe, warmup)
            frames = list(self._source.second_frames(timeframe, span, rows))
            for frame in frames:
                self._feed(frame)
            name = self._source.scope.instrument.id
            yield timeframe, joined(frames or [CandleFrame.from_candles(name, timeframe, [])])

    def _feed(self, frame: CandleFrame) -> None:
        for name in _DIGESTED:
            self._digest.update(np.ascontiguousarray(getattr(frame, name)).tobytes())

    def _history(
        self, prints: PrintBuffer, scales: Scales, seconds: dict[Timeframe, CandleFrame]
    ) -> History:
        columns = prints.in_memory(scales) if self._rows <= self._max_rows_in_memory else None
        if columns is None:
            return StreamedHistory(self._source, scales)
        return InMemoryHistory(self._source.scope, scales, joined(self._frames), columns, seconds)

    def _quality(self, prints: PrintBuffer) -> DataQuality:
        scope = self._source.scope
        start_us, end_us = scope.start_us, scope.end_us
        gaps = uncovered(np.concatenate([*prints.runs, self._known()]), start_us, end_us)
        return DataQuality(
            candles=self._rows,
            prints=prints.count,
            missing=float((gaps[:, 1] - gaps[:, 0]).sum()) / (end_us - start_us),
            missing_candles=candles_within(gaps, scope.timeframe.seconds * 1_000_000),
            incomplete_candles=prints.incomplete,
            gap_count=len(gaps),
            gaps=shown(gaps),
            first_print=from_us(prints.first_us),
            last_print=from_us(prints.last_us),
        )

    def _known(self) -> Spans:
        """Return the spans known to be covered, with or without prints; empty for trades."""
        scope = self._source.scope
        if self._source.resolution is BacktestResolution.TRADES:
            return as_rows([])
        timeframe = self._source.print_timeframe
        known = self._source.market.candles.coverage(
            scope.instrument.id, timeframe, scope.span.start, scope.span.end
        )
        return as_rows(known)

    def _taped(self) -> Spans:
        """Return the spans of the tape in which every trade is stored."""
        trades, name = self._source.market.trades, self._source.scope.instrument.id
        first, end = trades.first_at_or_after(name, from_us(0)), trades.end(name)
        if first is None or end is None:
            raise self._no_data()
        holes = self._source.market.holes.of(name, _HARMFUL)
        missing = as_rows([hole.span for hole in holes])
        return uncovered(missing, to_us(first.time), to_us(end.time))

    def _no_data(self) -> NoData:
        scope, resolution = self._source.scope, self._source.resolution
        return NoData(
            f"no data of {scope.instrument.id} is stored from {scope.span.start.isoformat()} to "
            f"{scope.span.end.isoformat()} ({scope.timeframe} candles, resolution {resolution}): "
            "truetape data download fetches it, or choose another span"
        )


def _part(span: TimeSpan, time: datetime) -> float:
    """Return the fraction of a span before a time."""
    return (time - span.start) / (span.end - span.start)
