"""Fold stored trades into candles once more: to build what was never built, and to check."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count as counter

import msgspec

from data.id_ranges import IdRanges
from data.market.aggregation import CandleAggregator
from data.market.candle import Candle
from data.market.frame import TimeSpan
from data.market.hole import IdRange
from data.market.instrument import InstrumentId
from data.market.timeframe import EPOCH, Timeframe
from data.market.trade import Cursor, Trade
from data.ports import HoleRepository, TradeRepository

_TICK = timedelta(microseconds=1)
# A trade recovered late may lie this far from its neighbours in id, by the exchange's own clock.
_DISORDER = timedelta(minutes=1)
_TRADES_BETWEEN_LOOKS = 5_000


class Refold:
    """The candles that the stored trades of one instrument make in [start, end), read anew.

    `undeclared` gathers the ids that are missing from the tape without a hole that says so; before
    the tape begins, nobody says that anything is there. `watch` is told now and then which part of
    the span has been read, from 0 to 1.
    """

    def __init__(
        self,
        trades: TradeRepository,
        holes: HoleRepository,
        instrument: InstrumentId,
        span: TimeSpan,
        watch: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._trades = trades
        declared = holes.of(instrument)
        self._declared = IdRanges(hole.ids for hole in declared)
        # What is still missing where all was fetched that the exchange has, never was.
        self._never_were = IdRanges(hole.ids for hole in declared if hole.state.harmless)
        self._tape_begins = trades.after(instrument, Cursor(EPOCH, -1), 1)
        self._instrument = instrument
        self._start = span.start
        self._end = span.end
        self._watch = watch
        self._unbroken: list[TimeSpan] = []
        self._since: datetime | None = None
        self._until = span.start
        self.undeclared: list[IdRange] = []
        self.trades_read = 0

    def candles(self, timeframes: Iterable[Timeframe]) -> Iterator[Candle]:
        """Return the closed candles that open in the span, in the order of closing."""
        wanted = frozenset(timeframes)
        aggregator = CandleAggregator(self._instrument, wanted)
        stop = max(timeframe.ceil(self._end) for timeframe in wanted)
        for trade, is_torn in self._walk(stop):
            if is_torn:
                aggregator.break_off()
            for candle in aggregator.add(trade):
                if self._start <= candle.open_time < self._end:
                    yield candle

    def known(self, timeframe: Timeframe) -> Iterator[TimeSpan]:
        """Return the spans in which every candle that exists was given, after `candles`."""
        until = timeframe.ceil(self._end)
        for span in sorted(self._spans(), key=lambda span: span.start):
            start, end = timeframe.ceil(span.start), min(timeframe.floor(span.end), until)
            if start < end:
                yield TimeSpan(start, end)

    def covers(self, span: TimeSpan) -> bool:
        """Tell whether the trades read so far hold all that was traded in a span."""
        return any(s.start <= span.start and span.end <= s.end for s in self._spans())

    def _spans(self) -> Iterator[TimeSpan]:
        """Return the spans over which no id is missing, the newest first: it is asked for most."""
        if self._since is not None:
            yield TimeSpan(self._since, self._until)
        yield from reversed(self._unbroken)

    def _walk(self, stop: datetime) -> Iterator[tuple[Trade, bool]]:
        """Return trades in id order with tape times, and whether some are missing before each."""
        previous: Trade | None = None
        for trade in self._with_neighbours(stop):
            is_torn = False
            if previous is not None:
                if trade.first_id <= previous.trade_id:
                    continue
                if trade.time < previous.time:
                    trade = msgspec.structs.replace(trade, time=previous.time)
                is_torn = self._is_torn(previous, trade)
            self._note(trade.time, is_torn=is_torn)
            previous = trade
            yield trade, is_torn

    def _note(self, time: datetime, *, is_torn: bool) -> None:
        if is_torn and self._since is not None:
            self._unbroken.append(TimeSpan(self._since, self._until))
        if is_torn or self._since is None:
            self._since = time
        self._until = time

    def _is_torn(self, previous: Trade, trade: Trade) -> bool:
        if trade.first_id == previous.trade_id + 1:
            return False
        missing = IdRange(previous.trade_id + 1, trade.first_id - 1)
        if self._is_on_tape(missing) and not self._declared.cover(missing):
            self.undeclared.append(missing)
        return not self._never_were.cover(missing)

    def _is_on_tape(self, missing: IdRange) -> bool:
        return any(missing.first > trade.trade_id for trade in self._tape_begins)

    def _with_neighbours(self, stop: datetime) -> Iterator[Trade]:
        """Return the trades up to `stop`, with some before them and the one behind them."""
        before = _time_shortly_before(self._trades, self._instrument, self._start)
        if before is not None:
            yield from self._read(before, self._start)
        yield from self._read_span(stop)
        behind = self._trades.first_at_or_after(self._instrument, stop)
        if behind is not None:
            yield next(self._read(behind.time, behind.time + _TICK))

    def _read_span(self, stop: datetime) -> Iterator[Trade]:
        length = max(stop - self._start, _TICK)
        for count, trade in enumerate(self._read(self._start, stop), 1):
            if count % _TRADES_BETWEEN_LOOKS == 0:
                self._watch((trade.time - self._start) / length)
            self.trades_read = count
            yield trade
        self._watch(1.0)

    def _read(self, start: datetime, end: datetime) -> Iterator[Trade]:
        return in_id_order(self._trades.between(self._instrument, start, end))


def touched_by(
    trades: TradeRepository, instrument: InstrumentId, first: datetime, last: datetime
) -> TimeSpan:
    """Return the span whose candles new trades from `first` to `last` may have changed.

    It reaches from the longest candle that holds the trade before them, which they may close, to
    the candle of the trade behind them, which they may complete.
    """
    before = _time_shortly_before(trades, instrument, first)
    behind = trades.first_at_or_after(instrument, last + _TICK)
    start = max(Timeframe, key=lambda timeframe: timeframe.duration).floor(before or first)
    return TimeSpan(start, (behind.time if behind else last) + _TICK)


def _time_shortly_before(
    trades: TradeRepository, instrument: InstrumentId, time: datetime
) -> datetime | None:
    """Return the time of a trade before `time`, from which the last one is near."""
    first = trades.first_at_or_after(instrument, EPOCH)
    if first is None or first.time >= time:
        return None
    low, high = first.time, time
    while high - low > _DISORDER:
        middle = low + (high - low) / 2
        found = trades.first_at_or_after(instrument, middle)
        if found is not None and found.time < time:
            low = found.time
        else:
            high = middle
    return low


def in_id_order(pages: Iterable[list[Trade]]) -> Iterator[Trade]:
    """Sort trades that come in time order by their ids, looking a little ahead."""
    waiting: list[tuple[int, int, Trade]] = []
    arrival = counter()
    for page in pages:
        for trade in page:
            heappush(waiting, (trade.trade_id, next(arrival), trade))
            while trade.time - waiting[0][2].time > _DISORDER:
                yield heappop(waiting)[2]
    while waiting:
        yield heappop(waiting)[2]
