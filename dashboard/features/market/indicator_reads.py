"""The candles that indicators are computed from, over the ports. Blocking: read in a thread."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from dashboard.features.market.reads import MarketReads
from dashboard.read_limits import MAX_CANDLES, require_candles
from data import Candle, CandleFrame, InstrumentId, Timeframe, TimeSpan, from_datetime64
from strategies.frame_reader import FrameReader
from strategies.window import joined


@dataclass(frozen=True, slots=True)
class IndicatorReads:
    """Frames of closed candles with the forming one last. Raises what the ports raise."""

    market: MarketReads

    def frame(
        self,
        name: InstrumentId,
        timeframe: Timeframe,
        since: datetime,
        warmup: int,
        end: datetime | None = None,
    ) -> CandleFrame:
        """Return the candles in [since, end), preceded by those that their values depend on.

        Raises InvalidValue if more than MAX_CANDLES are stored there.
        """
        stored = self.market.candles.stored_span(name, timeframe)
        forming = self.market.seed(name, (timeframe,), trade_limit=0).forming.get(timeframe)
        if forming is not None and end is not None and forming.open_time >= end:
            forming = None
        if stored is None or (end is not None and end <= stored.start):
            return CandleFrame.from_candles(name, timeframe, [forming] if forming else [])
        span = TimeSpan.between(
            min(max(since, stored.start), stored.end - timeframe.duration),
            stored.end if end is None else min(end, stored.end),
        )
        if span is None:
            return CandleFrame.from_candles(name, timeframe, [forming] if forming else [])
        require_candles("since", span, timeframe)
        reader = FrameReader(self.market.candles, name, timeframe, "flat", reach=MAX_CANDLES)
        frame = joined(list(reader.frames(span, warmup)) or [_empty(name, timeframe)])
        if forming is None or forming.open_time < stored.end:
            return frame
        return self.market.append(frame, forming)

    def extended(self, frame: CandleFrame, forming: Candle) -> CandleFrame | None:
        """Return the frame extended by the candles that closed since, and this candle last.

        Its last row may have been forming. None if it has no traded candle to continue from.
        """
        solid = np.flatnonzero(frame.traded[:-1])
        if not len(solid):
            return None
        known = frame.take(slice(None, int(solid[-1]) + 1))
        last = from_datetime64(known.open_time[-1])
        tail = self.market.candles.frame(frame.instrument, frame.timeframe, last, forming.open_time)
        closed = joined([known, tail.take(slice(1, None))])
        return self.market.append(closed, forming)


def _empty(name: InstrumentId, timeframe: Timeframe) -> CandleFrame:
    return CandleFrame.from_candles(name, timeframe, [])


def with_last(frame: CandleFrame, candle: Candle) -> CandleFrame:
    """Return a frame whose last row is replaced by a newer version of the same candle."""
    last = CandleFrame.from_candles(frame.instrument, frame.timeframe, [candle])
    return joined([frame.take(slice(None, -1)), last])
