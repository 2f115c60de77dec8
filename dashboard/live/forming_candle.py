"""The candle that is forming, folded from the trades as they are published. Pure."""

from datetime import datetime

from dashboard.live.protocol import Bar, bar_of
from data import Candle, CandleAggregator, InstrumentId, Timeframe, Trade, merge_candles

# A quiet period shows at most this many flat bars; the next snapshot has them all.
MAX_FLAT = 500


class FormingCandle:
    """One timeframe of one tape. `seed` is the candle at the tape's end, of any source.

    The store's own candles are the closed ones; this fold shows what is not closed yet, and the
    flat bars of empty buckets before a trade.
    """

    def __init__(self, name: InstrumentId, timeframe: Timeframe, seed: Candle | None) -> None:
        self._name = name
        self._timeframe = timeframe
        self._seed = seed
        self._until: datetime | None = seed.close_time if seed else None
        self._aggregator = CandleAggregator(name, (timeframe,))

    @property
    def candle(self) -> Candle | None:
        """Return the current candle."""
        folded = self._aggregator.forming(self._timeframe)
        parts = [part for part in (self._seed, folded) if part is not None]
        return merge_candles(parts, self._timeframe) if parts else None

    def add(self, trade: Trade, *, unbroken: bool) -> list[Bar]:
        """Add the next trade; return the bars that are final now.

        `unbroken`: no id is missing before it, so buckets between it and the last trade are empty.
        """
        if self._until is not None and trade.time < self._until:
            self._aggregator.add(trade)
            return []
        before = self.candle
        self._seed = None
        self._until = self._timeframe.floor(trade.time) + self._timeframe.duration
        self._aggregator = CandleAggregator(self._name, (self._timeframe,))
        self._aggregator.add(trade)
        if before is None:
            return []
        return [bar_of(before), *(self._flats(before, trade) if unbroken else [])]

    def _flats(self, before: Candle, trade: Trade) -> list[Bar]:
        start = int(before.close_time.timestamp())
        end = int(self._timeframe.floor(trade.time).timestamp())
        close = float(before.close)
        times = range(start, end, self._timeframe.seconds)[-MAX_FLAT:]
        return [(time, close, close, close, close, 0.0) for time in times]
