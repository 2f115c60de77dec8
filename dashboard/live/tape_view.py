"""The live view of one watched instrument: forming candles and newest trades. Pure."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime

from dashboard.live.protocol import Bar, TradeRow, bar_of, trade_row
from dashboard.views import TRADES_SHOWN, Seed
from data import Candle, CandleAggregator, InstrumentId, Timeframe, Trade, merge_candles
from data.topics import TapeAdvanced

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


class TapeView:
    """Follows a tape by its messages, from a seed read from the store.

    `add_trades` returns False where a message does not follow the last one: read a new seed.
    """

    def __init__(self, name: InstrumentId) -> None:
        self.name = name
        self._last_id: int | None = None
        self._seeded = False
        self._forming: dict[Timeframe, FormingCandle] = {}
        self._final: dict[Timeframe, dict[int, Bar]] = {}
        self._moved: set[Timeframe] = set()
        self._trades: deque[Trade] = deque(maxlen=TRADES_SHOWN)
        self._traded = False

    @property
    def timeframes(self) -> frozenset[Timeframe]:
        """Return the timeframes that are followed."""
        return frozenset(self._forming)

    def start(self, seed: Seed, timeframes: Iterable[Timeframe]) -> None:
        """Start again from what the store holds."""
        self._last_id = seed.end.trade_id if seed.end else None
        self._forming = {
            timeframe: FormingCandle(self.name, timeframe, seed.forming.get(timeframe))
            for timeframe in timeframes
        }
        self._final = {timeframe: {} for timeframe in self._forming}
        self._moved = set(self._forming)
        self._trades = deque(seed.trades, maxlen=TRADES_SHOWN)
        self._traded = True
        self._seeded = True

    def add_trades(self, event: TapeAdvanced) -> bool:
        """Add the trades of a message; return False if something is missing before it."""
        if not self._seeded or not self._joins(event):
            return False
        for trade in event.trades:
            if self._last_id is None or trade.trade_id > self._last_id:
                self._add(trade)
        return True

    def add_closed(self, candles: Iterable[Candle]) -> None:
        """Add the store's own closed candles."""
        for candle in candles:
            if candle.timeframe in self._final:
                bar = bar_of(candle)
                self._final[candle.timeframe][bar[0]] = bar

    def take_bars(self, timeframe: Timeframe) -> tuple[list[Bar], bool]:
        """Return the bars that changed since the last call, and whether one of them is final."""
        final = self._final.get(timeframe, {})
        bars = dict(final)
        if timeframe in self._moved:
            candle = self._forming[timeframe].candle
            if candle is not None:
                bar = bar_of(candle)
                bars[bar[0]] = bar
        self._moved.discard(timeframe)
        was_final = bool(final)
        final.clear()
        return [bars[time] for time in sorted(bars)], was_final

    def forming(self, timeframe: Timeframe) -> Candle | None:
        """Return the candle that is forming, if the timeframe is followed."""
        forming = self._forming.get(timeframe)
        return forming.candle if forming is not None else None

    def take_trades(self) -> list[TradeRow]:
        """Return the newest trades, newest first; empty if none was added since the last call."""
        if not self._traded:
            return []
        self._traded = False
        return [trade_row(trade) for trade in reversed(self._trades)]

    def _joins(self, event: TapeAdvanced) -> bool:
        if self._last_id is None:
            return event.previous_id is None and _is_whole(event)
        if event.last.trade_id <= self._last_id:
            return True
        if event.previous_id is not None and event.previous_id > self._last_id:
            return False
        return _is_whole(event) or event.trades[0].trade_id <= self._last_id

    def _add(self, trade: Trade) -> None:
        unbroken = self._last_id is not None and trade.first_id == self._last_id + 1
        for timeframe, forming in self._forming.items():
            for bar in forming.add(trade, unbroken=unbroken):
                self._final[timeframe].setdefault(bar[0], bar)
        self._moved |= self._forming.keys()
        self._trades.append(trade)
        self._traded = True
        self._last_id = trade.trade_id


def _is_whole(event: TapeAdvanced) -> bool:
    """Return whether the message holds all of its trades; it may be cut to the newest."""
    return bool(event.trades) and event.trades[0].trade_id == event.first.trade_id
