"""Reads of the market for pages, over the ports. Blocking: read in a thread."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from dashboard.formats import decimals_of
from dashboard.read_limits import MAX_CANDLES
from dashboard.views import TRADES_SHOWN, ChartHistory, Market, Quote, Seed
from data import (
    Candle,
    CandleAggregator,
    CandleFrame,
    Cursor,
    Instrument,
    InstrumentId,
    InstrumentKind,
    InstrumentState,
    Timeframe,
    TimeSpan,
    Trade,
    fill_gaps,
    from_datetime64,
    merge_candles,
)
from data.errors import InstrumentMissing
from data.ports import CandleRepository, InstrumentRepository, TradeRepository

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
_CANDLES_TO_SHOW_STEPS = 100


@dataclass(frozen=True, slots=True)
class MarketReads:
    """Reads for the Market page and its live view. Raises what the ports raise."""

    instruments: InstrumentRepository
    trades: TradeRepository
    candles: CandleRepository
    timeframes: tuple[Timeframe, ...]

    def instrument(self, name: InstrumentId) -> Instrument:
        """Return one instrument; one that is not stored is derived from its candles.

        Raises InstrumentMissing if it has none.
        """
        found = self.instruments.get(name) or self._shown_by_candles(name)
        if found is None:
            raise InstrumentMissing(name)
        return found

    def market(self, name: InstrumentId, timeframe: Timeframe, limit: int) -> Market:
        """Return all that the Market page shows at first. Raises InstrumentMissing."""
        return Market(
            instrument=self.instrument(name),
            timeframe=timeframe,
            history=self.newest(name, timeframe, limit),
            trades=self.trades.latest(name, TRADES_SHOWN),
            quote=self.quote(name),
        )

    def _shown_by_candles(self, name: InstrumentId) -> Instrument | None:
        """Return an imported instrument with steps derived from its newest candles."""
        for timeframe in self.timeframes:
            candles = self.candles.latest(name, timeframe, _CANDLES_TO_SHOW_STEPS)
            if candles:
                prices = [value for c in candles for value in (c.open, c.high, c.low, c.close)]
                size_step = _finest_step(candle.volume for candle in candles)
                return Instrument(
                    id=name,
                    kind=InstrumentKind.SPOT,
                    state=InstrumentState.LIVE,
                    base="",
                    quote="",
                    price_step=_finest_step(prices),
                    size_step=size_step,
                    min_size=size_step,
                )
        return None

    def newest(self, name: InstrumentId, timeframe: Timeframe, limit: int) -> ChartHistory:
        """Return the newest `limit` candles, the forming one last."""
        forming = self.seed(name, (timeframe,), trade_limit=0).forming.get(timeframe)
        closed = self.candles.latest(name, timeframe, 1)
        if not closed:
            frame = CandleFrame.from_candles(name, timeframe, [forming] if forming else [])
            return ChartHistory(frame, [], begins=True)
        history = self.older(name, timeframe, closed[-1].close_time, limit)
        if forming is None or forming.open_time < closed[-1].close_time:
            return history
        frame = self.append(history.frame, forming).known_rows()
        return ChartHistory(frame, gaps_of(frame), history.begins)

    def older(
        self, name: InstrumentId, timeframe: Timeframe, before: datetime, limit: int
    ) -> ChartHistory:
        """Return `limit` candles opened before `before`, or fewer where the store begins.

        If more than MAX_CANDLES candles before `before` had no trade, return the ones before them.
        """
        stored = self.candles.stored_span(name, timeframe)
        if stored is None or before <= stored.start:
            return ChartHistory(CandleFrame.from_candles(name, timeframe, []), [], begins=True)
        before = min(before, stored.end)
        start = before - limit * timeframe.duration
        frame = self.candles.frame(name, timeframe, start, before).known_rows()
        begins = False
        if len(frame) < limit:
            missing = limit - len(frame)
            older = self.candles.latest(name, timeframe, missing, before=start)
            reach = before - MAX_CANDLES * timeframe.duration
            near = [candle for candle in older if candle.open_time >= reach]
            begins = len(near) == len(older) < missing
            if near:
                frame = self.candles.frame(name, timeframe, near[0].open_time, before)
                frame = frame.known_rows()
            elif older and not len(frame):
                return self.older(name, timeframe, older[-1].close_time, limit)
        return ChartHistory(frame, gaps_of(frame), begins)

    def seed(
        self, name: InstrumentId, timeframes: Iterable[Timeframe], *, trade_limit: int
    ) -> Seed:
        """Return a tape's end, newest trades and forming candles: the start of a live view."""
        end = self.trades.end(name)
        if end is None:
            return Seed(None, [], {})
        forming = {
            timeframe: candle
            for timeframe in timeframes
            if (candle := self._forming(name, timeframe, end)) is not None
        }
        latest = self.trades.latest(name, trade_limit) if trade_limit else []
        return Seed(end, [trade for trade in latest if trade.cursor <= end], forming)

    def quote(self, name: InstrumentId) -> Quote | None:
        """Return the last price and the 24 hours of tape before it."""
        trades = self.trades.latest(name, 1)
        fine = self._fine
        closed = self.candles.latest(name, fine, 1)
        if not closed:
            return None
        end = max([closed[-1].close_time, *(trade.time for trade in trades)])
        day = self.candles.frame(name, fine, end - DAY, end, gaps=None)
        if len(day) == 0:
            return None
        last = trades[-1].price if trades else closed[-1].close
        return _quote(day, last, end, tail=self._tail(name, fine, closed[-1].close_time, end))

    @property
    def _fine(self) -> Timeframe:
        """Return the finest timeframe of at least a minute: reading a day of it is fast."""
        return next((each for each in self.timeframes if each.seconds >= 60), self.timeframes[0])

    def _tail(
        self, name: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> Candle | None:
        """Return the forming candle after the last closed one."""
        cursor = self.trades.end(name)
        if cursor is None or end <= start:
            return None
        return self._forming(name, timeframe, cursor)

    def _forming(self, name: InstrumentId, timeframe: Timeframe, end: Cursor) -> Candle | None:
        """Fold the tape of the bucket that holds `end`: closed finer candles, then trades.

        A finer candle that is incomplete is replaced by still finer ones, down to the finest.
        """
        shorter = [
            each
            for each in self.timeframes
            if each.seconds < timeframe.seconds and each.divides(timeframe)
        ]
        parts: list[Candle] = []
        spans = [TimeSpan(timeframe.floor(end.time), end.time + INSTANT)]
        for fine in reversed(shorter):
            for span in spans:
                start, until = fine.ceil(span.start), fine.floor(span.end)
                if start < until:
                    candles = self.candles.best(name, fine, start, until)
                    parts += [each for each in candles if each.complete or fine is shorter[0]]
            spans = _uncovered(timeframe.floor(end.time), end.time + INSTANT, parts)
        finest = shorter[0] if shorter else timeframe
        rest = _aggregate_trades(name, finest, self._trades(name, spans[-1].start, end))
        parts += [rest] if rest is not None else []
        return merge_candles(sorted(parts, key=_opening), timeframe) if parts else None

    def _trades(self, name: InstrumentId, start: datetime, end: Cursor) -> Iterable[Trade]:
        for page in self.trades.between(name, start, end.time + INSTANT, on_tape=True):
            yield from (trade for trade in page if trade.trade_id <= end.trade_id)

    def append(self, frame: CandleFrame, forming: Candle) -> CandleFrame:
        """Return the frame with a candle appended, and the known flat ones between them."""
        last = CandleFrame.from_candles(frame.instrument, frame.timeframe, [forming])
        if len(frame) == 0:
            return last
        joined = CandleFrame(
            instrument=frame.instrument,
            timeframe=frame.timeframe,
            **{
                column: np.concatenate([values, last.columns()[column]])
                for column, values in frame.columns().items()
            },
        )
        ends = from_datetime64(frame.open_time[-1]) + frame.timeframe.duration
        if ends >= forming.open_time:
            return joined
        known = self.candles.coverage(frame.instrument, frame.timeframe, ends, forming.open_time)
        return fill_gaps(joined, known, "flat")


def _finest_step(values: Iterable[Decimal]) -> Decimal:
    """Return the smallest decimal step of these values."""
    return Decimal(1).scaleb(-max(decimals_of(value) for value in values))


def _aggregate_trades(
    name: InstrumentId, timeframe: Timeframe, trades: Iterable[Trade]
) -> Candle | None:
    """Return the candle that these trades of one bucket form."""
    aggregator = CandleAggregator(name, (timeframe,))
    for trade in trades:
        aggregator.add(trade)
    return aggregator.forming(timeframe)


def _opening(candle: Candle) -> datetime:
    return candle.open_time


def _uncovered(start: datetime, end: datetime, parts: Iterable[Candle]) -> list[TimeSpan]:
    spans = []
    for part in sorted(parts, key=_opening):
        spans.append(TimeSpan.between(start, part.open_time))
        start = max(start, part.close_time)
    spans.append(TimeSpan.between(start, end))
    return [span for span in spans if span is not None]


def gaps_of(frame: CandleFrame) -> list[TimeSpan]:
    """Return the unknown spans between rows, oldest first."""
    step = np.timedelta64(frame.timeframe.seconds, "s")
    rows = np.nonzero(np.diff(frame.open_time) > step)[0]
    return [
        TimeSpan(
            from_datetime64(frame.open_time[row]) + frame.timeframe.duration,
            from_datetime64(frame.open_time[row + 1]),
        )
        for row in rows
    ]


def _quote(day: CandleFrame, last: Decimal, end: datetime, tail: Candle | None) -> Quote:
    since = from_datetime64(day.open_time[0])
    high, low, volume = float(day.high.max()), float(day.low.min()), float(day.volume.sum())
    if tail is not None:
        high, low = max(high, float(tail.high)), min(low, float(tail.low))
        volume += float(tail.volume)
    return Quote(
        last=last,
        time=end,
        since=since,
        reference=float(day.open[0]),
        high=high,
        low=low,
        volume=volume,
        full_day=since <= end - DAY + timedelta(minutes=15),
    )
