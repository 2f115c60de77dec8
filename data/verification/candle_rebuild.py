"""Fold stored trades into candles again: to import missing ones, and to verify stored ones.

It reads only. Collectors repair candles with `data.collectors.tape.candle_repair`.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from data.market.aggregation import CandleAggregator
from data.market.candle import Candle
from data.market.frame import TimeSpan
from data.market.hole import IdRange
from data.market.id_ranges import IdRanges
from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe
from data.market.trade import Trade
from data.ports import HoleRepository, OnProgress, TradeRepository
from data.verification.chained_rows import ChainedRows, time_shortly_before
from data.verification.seal_check import SealCheck
from data.verification.tape_chain import TapeChain

_TICK = timedelta(microseconds=1)


class CandleRebuild:
    """The candles that the stored trades of one instrument make in [start, end).

    Rows whose ids were passed before are left out and recorded in `chain`. `on_progress` is called
    repeatedly with the part of the span that has been read, from 0 to 1.
    """

    def __init__(
        self,
        trades: TradeRepository,
        holes: HoleRepository,
        instrument: InstrumentId,
        span: TimeSpan,
        on_progress: OnProgress = lambda _: None,
    ) -> None:
        declared = holes.of(instrument)
        # Ids still missing where all that the exchange has was fetched never existed.
        self._absent_ids = IdRanges(hole.ids for hole in declared if hole.state.harmless)
        self._instrument = instrument
        self._start = span.start
        self._end = span.end
        self._on_progress = on_progress
        self._unbroken: list[TimeSpan] = []
        self._since: datetime | None = None
        self._until = span.start
        self._rows = ChainedRows(trades, declared, instrument, span)

    @property
    def chain(self) -> TapeChain:
        """Return the state of the chain, after `candles` or `check_chain`."""
        return self._rows.chain

    @property
    def seals(self) -> SealCheck:
        """Return how the rows compare with their seals, after the same calls."""
        return self._rows.seals

    @property
    def trades_read(self) -> int:
        """Return the number of trades read in the span."""
        return self._rows.rows_read

    def candles(self, timeframes: Iterable[Timeframe]) -> Iterator[Candle]:
        """Return the closed candles that open in the span, in the order of closing."""
        requested = frozenset(timeframes)
        follows = self._rows.follows_dropped()
        aggregator = CandleAggregator(self._instrument, requested, follows=follows)
        stop = max(timeframe.ceil(self._end) for timeframe in requested)
        for trade, is_torn in self._trades_with_gaps(stop):
            if is_torn:
                aggregator.break_off()
            for candle in aggregator.add(trade):
                if self._start <= candle.open_time < self._end:
                    yield candle

    def check_chain(self) -> None:
        """Read the rows of the span for their chain only."""
        for _ in self._trades_with_gaps(self._end):
            pass

    def covered(self, timeframe: Timeframe) -> Iterator[TimeSpan]:
        """Return the spans in which every existing candle was returned, after `candles`."""
        until = timeframe.ceil(self._end)
        for span in sorted(self._spans(), key=lambda span: span.start):
            known = TimeSpan.between(
                timeframe.ceil(span.start), min(timeframe.floor(span.end), until)
            )
            if known is not None:
                yield known

    def covers(self, span: TimeSpan) -> bool:
        """Return whether the trades read so far hold everything traded in a span."""
        return any(s.start <= span.start and span.end <= s.end for s in self._spans())

    def _spans(self) -> Iterator[TimeSpan]:
        """Return the spans without a missing id, newest first: it is needed most often."""
        if self._since is not None:
            yield TimeSpan(self._since, self._until)
        yield from reversed(self._unbroken)

    def _trades_with_gaps(self, stop: datetime) -> Iterator[tuple[Trade, bool]]:
        """Return trades in id order with tape times, and whether ids are missing before each."""
        previous: Trade | None = None
        for trade in self._rows.in_id_order(stop, self._on_progress):
            is_torn = False
            if previous is not None:
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
        return not self._absent_ids.cover(IdRange(previous.trade_id + 1, trade.first_id - 1))


def touched_by(
    trades: TradeRepository, instrument: InstrumentId, first: datetime, last: datetime
) -> TimeSpan:
    """Return the span whose candles new trades from `first` to `last` may have changed.

    It reaches from the longest candle that holds the trade before them, which they may close, to
    the candle of the trade after them, which they may complete.
    """
    before = time_shortly_before(trades, instrument, first)
    behind = trades.first_at_or_after(instrument, last + _TICK)
    start = max(Timeframe, key=lambda timeframe: timeframe.duration).floor(before or first)
    return TimeSpan(start, (behind.time if behind else last) + _TICK)
