"""Stored candles as consecutive frames, with the warm-up before them and all flat rows between."""

from collections.abc import Iterator
from datetime import datetime
from typing import cast

import numpy as np

from data import (
    CandleFrame,
    Gaps,
    InstrumentId,
    Timeframe,
    TimeSpan,
    fill_gaps,
    from_datetime64,
    to_datetime64,
)
from data.ports import CandleRepository
from strategies.strategy_handle import ConfiguredStrategy
from strategies.window import ANCHOR_CANDLES, anchors_of


class FrameReader:
    """Reads the best candles of one instrument and timeframe, window by window.

    `reach`: how many candles before an anchor the warm-up is searched at most, where rows are
    missing; None: as far as the first stored candle.
    """

    def __init__(
        self,
        candles: CandleRepository,
        instrument: InstrumentId,
        timeframe: Timeframe,
        gaps: Gaps,
        reach: int | None = None,
    ) -> None:
        self._candles = candles
        self._instrument = instrument
        self._timeframe = timeframe
        self._gaps = gaps
        self._reach = reach

    def frames(self, span: TimeSpan, warmup: int) -> Iterator[CandleFrame]:
        """Yield the candles that open in a span, preceded by all that their decisions need.

        The candles begin `warmup` rows before the anchor of the span's start, see `start`. Every
        frame but the first begins after the last row read, so that quiet buckets between two
        frames are rows like any others. The span is clipped to what is stored: a span of centuries
        costs no more than the candles in it.
        """
        stored = self._candles.stored_span(self._instrument, self._timeframe)
        if stored is None or stored.end <= span.start or span.end <= stored.start:
            return
        start, last = self.start(max(span.start, stored.start), warmup), None
        for stop in self._stops(start, min(span.end, stored.end)):
            frame = self.read(start if last is None else last, stop)
            new = frame if last is None else frame.take(slice(1, None))
            if len(new):
                last = from_datetime64(cast(np.datetime64, new.open_time[-1]))
                yield new

    def frames_to_end(self, span: TimeSpan, warmup: int) -> Iterator[CandleFrame]:
        """Yield `frames`, the last one followed by the buckets after it that closed in the span.

        For a second timeframe: which of its candles is visible at a time does not depend on
        whether a later one is stored.
        """
        held: CandleFrame | None = None
        for frame in self.frames(span, warmup):
            if held is not None:
                yield held
            held = frame
        if held is not None:
            yield self.to_end(held, span.end)

    def to_end(self, frame: CandleFrame, end: datetime) -> CandleFrame:
        """Return a frame followed by the buckets after its last candle that closed by `end`."""
        if not len(frame):
            return frame
        last = from_datetime64(cast(np.datetime64, frame.open_time[-1]))
        known = self._candles.coverage(self._instrument, self._timeframe, last, end)
        return fill_gaps(frame, known, self._gaps, end)

    def start(self, time: datetime, warmup: int) -> datetime:
        """Return where to start for the decision at `time`: `warmup` rows before its anchor.

        Earlier where rows are missing, but no earlier than the first candle stored, or `reach`.
        """
        opening = np.array([to_datetime64(self._timeframe.floor(time))])
        anchor = from_datetime64(anchors_of(opening, self._timeframe)[0])
        rows = warmup + 1  # one more: what follows it can be flat
        while True:
            start = anchor - rows * self._timeframe.duration
            if self._reach is not None and rows >= self._reach:
                return start
            first = self._candles.latest(self._instrument, self._timeframe, 1, before=start)
            if not first or len(self.read(start, anchor)) > warmup:
                return start
            rows = 2 * rows if self._reach is None else min(2 * rows, max(self._reach, rows + 1))

    def read(self, start: datetime, end: datetime) -> CandleFrame:
        """Return the candles that open in [start, end)."""
        return self._candles.frame(self._instrument, self._timeframe, start, end, gaps=self._gaps)

    def _stops(self, start: datetime, end: datetime) -> Iterator[datetime]:
        step = ANCHOR_CANDLES * self._timeframe.duration
        stop = start + step
        while stop < end:
            yield stop
            stop += step
        yield end


class AnnouncedReader(FrameReader):
    """Reads the candles as they were announced: those that live decisions were made on."""

    def read(self, start: datetime, end: datetime) -> CandleFrame:
        return self._candles.announced_frame(
            self._instrument, self._timeframe, start, end, gaps=self._gaps
        )


def frames_for(
    strategy: ConfiguredStrategy,
    candles: CandleRepository,
    series: tuple[InstrumentId, Timeframe],
    span: TimeSpan,
    reader: type[FrameReader] = FrameReader,
) -> tuple[Iterator[CandleFrame], Iterator[CandleFrame]]:
    """Return all candles, of both timeframes, needed to decide those that open in a span."""
    instrument, timeframe = series
    first = reader(candles, instrument, timeframe, strategy.gaps)
    warmup, declared = strategy.warmup(timeframe), strategy.second()
    if declared is None:
        return first.frames(span, warmup), iter(())
    second = reader(candles, instrument, declared.timeframe, strategy.gaps)
    seen = TimeSpan(first.start(span.start, warmup) - declared.timeframe.duration, span.end)
    return first.frames(span, warmup), second.frames_to_end(seen, declared.warmup)
