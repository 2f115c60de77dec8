"""A cache of the announced candles that live decisions are made on, extended as candles close."""

from datetime import datetime, timedelta
from typing import cast

import numpy as np

from data import CandleFrame, Gaps, InstrumentId, Timeframe, from_datetime64, to_datetime64
from data.ports import CandleRepository
from strategies.frame_reader import AnnouncedReader
from strategies.window import ANCHOR_CANDLES, anchor_before, joined
from strategies.workers.queries import CandleRequirements

_INSTANT = timedelta(microseconds=1)

Series = tuple[InstrumentId, Timeframe]


class LiveCandles:
    """One series, from the warm-up of the current anchor to its newest candle."""

    def __init__(
        self, candles: CandleRepository, instrument: InstrumentId, timeframe: Timeframe, gaps: Gaps
    ) -> None:
        self._reader = AnnouncedReader(candles, instrument, timeframe, gaps)
        self._timeframe = timeframe
        self._anchor: datetime | None = None
        self._warmup = 0
        self._held: CandleFrame | None = None

    def around(
        self, time: datetime, warmup: int, *, end: datetime, newest: datetime
    ) -> CandleFrame:
        """Return the candles from `warmup` rows before the anchor of `time`, opened before `end`.

        `newest`: the open time of the last one known to be stored. Cached candles are only
        extended; they are read again for another anchor, a longer warm-up, and while the history
        is too short: older candles may still arrive.
        """
        anchor = anchor_before(time, self._timeframe)
        held = self._held
        if held is None or anchor != self._anchor or warmup > self._warmup or self._is_cold(held):
            self._warmup = warmup if anchor != self._anchor else max(warmup, self._warmup)
            self._anchor = anchor
            held = self._reader.read(self._reader.start(time, self._warmup), end)
        elif held.open_time[-1] < to_datetime64(newest):
            held = self._extended(held, end)
        self._held = held
        rows = int(np.searchsorted(held.open_time, to_datetime64(end)))
        return held if rows == len(held) else held.take(slice(0, rows))

    def to_end(self, candles: CandleFrame, end: datetime) -> CandleFrame:
        """Return candles followed by the buckets after them that closed by `end`."""
        return self._reader.to_end(candles, end)

    def _is_cold(self, held: CandleFrame) -> bool:
        if self._anchor is None or not len(held):
            return True
        return int(np.searchsorted(held.open_time, to_datetime64(self._anchor))) < self._warmup

    def _extended(self, held: CandleFrame, end: datetime) -> CandleFrame:
        """Read on from the last row, so that quiet buckets after it are filled."""
        last = from_datetime64(cast(np.datetime64, held.open_time[-1]))
        new = self._reader.read(last, end).take(slice(1, None))
        return joined([held, new]) if len(new) else held


class LiveCandleCache:
    """The series of all groups."""

    def __init__(self, candles: CandleRepository) -> None:
        self._candles = candles
        self._series: dict[tuple[InstrumentId, Timeframe, Gaps], LiveCandles] = {}

    def pending(
        self, series: Series, requirements: CandleRequirements, after: datetime, newest: datetime
    ) -> CandleFrame | None:
        """Return the next candles that closed after `after`, of one anchor, with their warm-up.

        `newest` is when the newest stored candle opens. None if nothing is pending.
        """
        instrument, timeframe = series
        start = timeframe.floor(after)
        while start <= newest:
            end = anchor_end(start, timeframe)
            held = self._of(instrument, timeframe, requirements.gaps)
            candles = held.around(
                start, requirements.warmup, end=end, newest=min(newest, end - _INSTANT)
            )
            if len(candles) and candles.open_time[-1] >= to_datetime64(start):
                return candles
            start = end
        return None

    def second(
        self, candles: CandleFrame, first: int, requirements: CandleRequirements
    ) -> CandleFrame | None:
        """Return the second timeframe's candles visible to the candles from row `first` on."""
        if requirements.second is None:
            return None
        sees_from, sees_to = (_close_of(candles, row) for row in (first, -1))
        before = sees_from - requirements.second.duration + _INSTANT
        seen = self._candles.latest(candles.instrument, requirements.second, 1, before=before)
        time = seen[0].open_time if seen else requirements.second.floor(sees_from)
        newest = requirements.second.floor(sees_to) - requirements.second.duration
        held = self._of(candles.instrument, requirements.second, requirements.gaps)
        return held.to_end(
            held.around(time, requirements.second_warmup, end=sees_to, newest=newest), sees_to
        )

    def _of(self, instrument: InstrumentId, timeframe: Timeframe, gaps: Gaps) -> LiveCandles:
        key = (instrument, timeframe, gaps)
        if key not in self._series:
            self._series[key] = LiveCandles(self._candles, *key)
        return self._series[key]


def _close_of(candles: CandleFrame, row: int) -> datetime:
    opens = from_datetime64(cast(np.datetime64, candles.open_time[row]))
    return opens + candles.timeframe.duration


def anchor_end(time: datetime, timeframe: Timeframe) -> datetime:
    """Return the anchor that follows the one of `time`."""
    return anchor_before(time, timeframe) + ANCHOR_CANDLES * timeframe.duration
