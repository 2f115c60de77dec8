"""Fold the stored trades again, and compare every candle with the stored ones."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import msgspec

from data.market.aggregation import CandleAggregator
from data.market.candle import Candle, CandleSource
from data.market.frame import TimeSpan
from data.market.hole import IdRange
from data.market.id_ranges import IdRanges
from data.market.instrument import InstrumentId
from data.market.seals import StoredCandle
from data.market.timeframe import EPOCH, Timeframe
from data.ports import CandleRepository, HoleRepository, TradeRepository
from data.verification.candle_differences import (
    Bucket,
    CandleDifference,
    DifferenceKind,
    check_exchange,
    check_seal,
    check_stored,
)
from data.verification.candle_rebuild import CandleRebuild

FetchCandles = Callable[[Timeframe, TimeSpan], list[Candle]]
"""Returns the exchange's own candles that open in a span, also empty ones, in time order."""

PAGE_CANDLES = 5_000


class TapeCheckStats(msgspec.Struct, kw_only=True):
    """What was compared.

    `unverifiable` candles are stored, but not all of their trades. `sealed_rows` are unchanged
    since they were stored; unsealed rows were stored before seals existed.
    """

    candles: int = 0
    exchange_candles: int = 0
    unverifiable: int = 0
    sealed_rows: int = 0
    unsealed_rows: int = 0
    unsealed_candles: int = 0

    @property
    def is_empty(self) -> bool:
        """Return whether no candle was compared."""
        return not self.candles

    @property
    def is_verified(self) -> bool:
        """Return whether everything that was compared carries a seal."""
        return not self.unsealed_rows and not self.unsealed_candles


class TapeCheck:
    """Compares all timeframes in one pass over the trades, in constant memory.

    The tape may go on meanwhile: candles that are closed after the check was created are left out.
    """

    def __init__(
        self,
        candles: CandleRepository,
        trades: TradeRepository,
        holes: HoleRepository,
        rebuild: CandleRebuild,
        instrument: InstrumentId,
        fetch_candles: FetchCandles | None = None,
    ) -> None:
        self._candles = candles
        self._trades = trades
        self._rebuild = rebuild
        self._instrument = instrument
        self._fetch_candles = fetch_candles
        self._first_trade = trades.first_at_or_after(instrument, EPOCH)
        self._newest_time = newest_time(trades, instrument)
        self._record = trades.record(instrument)
        dropped = self._record.dropped if self._record else ()
        self._absent = IdRanges(
            [*(hole.ids for hole in holes.of(instrument)), *(day.ids for day in dropped)]
        )
        self._all_sealed = trades.seals(instrument, EPOCH, EPOCH).complete
        self._broken_seals: list[CandleDifference] = []
        self.checked = TapeCheckStats()

    def differences(
        self, timeframes: Iterable[Timeframe], span: TimeSpan
    ) -> Iterator[CandleDifference]:
        """Return every difference in the span, in the order of closing; then broken seals."""
        requested = tuple(timeframes)
        if not requested:
            self._rebuild.check_chain()
        buffers = {timeframe: self._buffer(timeframe, span) for timeframe in requested}
        for rebuilt in self._rebuild.candles(requested) if requested else ():
            for bucket in buffers[rebuilt.timeframe].up_to(rebuilt):
                yield from self._compare(bucket)
        for buffer in buffers.values():
            for bucket in buffer.remaining():
                yield from self._compare(bucket)
        yield from self._broken_seals
        self.checked.sealed_rows = self._rebuild.seals.sealed
        self.checked.unsealed_rows = self._rebuild.seals.unsealed

    def _buffer(self, timeframe: Timeframe, span: TimeSpan) -> "_CandleBuffer":
        return _CandleBuffer(
            lambda part: self._stored(timeframe, part),
            TimeSpan(timeframe.ceil(span.start), timeframe.ceil(span.end)),
            timeframe,
        )

    def _stored(self, timeframe: Timeframe, part: TimeSpan) -> list[Bucket]:
        """Return the stored candles, and the exchange's, of each bucket of a part."""
        where = (self._instrument, timeframe, part.start, part.end)
        announced: dict[datetime, Candle] = {}
        versions: dict[datetime, list[Candle]] = {}
        for stored in self._candles.stored(*where):
            self._check_seal(stored)
            if stored.announced:
                announced[stored.candle.open_time] = stored.candle
            else:
                versions.setdefault(stored.candle.open_time, []).append(stored.candle)
        for candle in self._exchange_candles(timeframe, part):
            versions.setdefault(candle.open_time, []).append(candle)
        return [
            Bucket(
                open_time=open_time,
                rebuilt=None,
                announced=announced.get(open_time),
                versions=versions.get(open_time, ()),
            )
            for open_time in sorted(announced.keys() | versions.keys())
        ]

    def _check_seal(self, stored: StoredCandle) -> None:
        self.checked.unsealed_candles += stored.digest is None
        if (difference := check_seal(stored, complete=self._all_sealed)) is not None:
            self._broken_seals.append(difference)

    def _exchange_candles(self, timeframe: Timeframe, part: TimeSpan) -> list[Candle]:
        """Request the exchange's candles of a part, as far as the tape reaches back."""
        if self._fetch_candles is None or self._first_trade is None:
            return []
        start = max(part.start, timeframe.floor(self._first_trade.time))
        covered = TimeSpan.between(start, part.end)
        return [] if covered is None else self._fetch_candles(timeframe, covered)

    def _compare(self, bucket: Bucket) -> Iterator[CandleDifference]:
        if self._is_closed_meanwhile(bucket):
            return
        if self._is_unverifiable(bucket):
            self.checked.unverifiable += 1
            return
        self.checked.candles += 1
        if (difference := check_stored(bucket)) is not None:
            if difference.kind is DifferenceKind.DIFFERENT and self._is_as_announced(bucket):
                difference = msgspec.structs.replace(difference, kind=DifferenceKind.REVISED)
            yield difference
        for theirs in bucket.stored:
            if theirs.source is CandleSource.EXCHANGE:
                self.checked.exchange_candles += 1
                if (difference := check_exchange(bucket.rebuilt, theirs)) is not None:
                    yield difference

    def _is_closed_meanwhile(self, bucket: Bucket) -> bool:
        """Return whether a candle was closed after the check was created.

        Trades and candles are read one after the other: only one of the two may hold it. A candle
        that no stored trade has closed yet is compared: nothing could have stored it.
        """
        close_time = (bucket.rebuilt or bucket.stored[0]).close_time
        if self._newest_time is not None and close_time <= self._newest_time:
            return False
        newest = newest_time(self._trades, self._instrument)
        return newest is not None and close_time <= newest

    def _is_as_announced(self, bucket: Bucket) -> bool:
        """Return whether the announced candle is the incomplete fold of the rows on the tape.

        Late trades make another version, which is stored only if it is complete.
        """
        announced = bucket.announced
        if announced is None or announced.complete:
            return False
        fold = CandleAggregator(self._instrument, [announced.timeframe])
        span = announced.open_time, announced.close_time
        for page in self._trades.between(self._instrument, *span, on_tape=True):
            fold.add_all(page)
        return [msgspec.structs.replace(one, complete=False) for one in fold.state] == [announced]

    def _is_unverifiable(self, bucket: Bucket) -> bool:
        """Return whether the trades of a stored candle are not all stored."""
        rebuilt, stored = bucket.rebuilt, bucket.stored
        if rebuilt is None:
            span = TimeSpan(stored[0].open_time, stored[0].close_time)
            return not self._rebuild.covers(span) and not any(map(self._has_trades, stored))
        if not stored or rebuilt in stored or self._record is None:
            return False
        return any(
            day.span.start < rebuilt.close_time and rebuilt.open_time < day.span.end
            for day in self._record.dropped
        )

    def _has_trades(self, candle: Candle) -> bool:
        """Return whether the first or the last trade that a candle names is stored."""
        first_trade, record = self._first_trade, self._record
        if first_trade is None or record is None:
            return False
        return any(
            trade_id is not None
            and first_trade.trade_id <= trade_id <= record.end.trade_id
            and not self._absent.cover(IdRange(trade_id, trade_id))
            for trade_id in (candle.first_trade_id, candle.last_trade_id)
        )


def stored_span(trades: TradeRepository, instrument: InstrumentId) -> TimeSpan | None:
    """Return the span from the first stored row to after the last one and the recorded end."""
    first, newest = trades.first_at_or_after(instrument, EPOCH), newest_time(trades, instrument)
    if first is None or newest is None:
        return None
    return TimeSpan(first.time, newest + datetime.resolution)


def newest_time(trades: TradeRepository, instrument: InstrumentId) -> datetime | None:
    """Return the time of the last stored row or of the recorded end, whichever is later."""
    record = trades.record(instrument)
    ends = [trade.time for trade in trades.latest(instrument, 1)]
    return max(ends if record is None else [*ends, record.end.time], default=None)


class _CandleBuffer:
    """The stored candles of one timeframe, fetched part by part as the fold advances."""

    def __init__(
        self, fetch: Callable[[TimeSpan], list[Bucket]], span: TimeSpan, timeframe: Timeframe
    ) -> None:
        self._fetch = fetch
        self._next_start = span.start
        self._end = span.end
        self._page = PAGE_CANDLES * timeframe.duration
        self._buckets: list[Bucket] = []

    def up_to(self, rebuilt: Candle) -> Iterator[Bucket]:
        """Return the buckets up to and including the candle's own."""
        own = Bucket(open_time=rebuilt.open_time, rebuilt=rebuilt, announced=None)
        while (bucket := self._peek()) is not None and bucket.open_time <= rebuilt.open_time:
            self._buckets.pop()
            if bucket.open_time == rebuilt.open_time:
                own = msgspec.structs.replace(bucket, rebuilt=rebuilt)
            else:
                yield bucket
        yield own

    def remaining(self) -> Iterator[Bucket]:
        """Return the remaining buckets."""
        while (bucket := self._peek()) is not None:
            self._buckets.pop()
            yield bucket

    def _peek(self) -> Bucket | None:
        while not self._buckets and self._next_start < self._end:
            end = min(self._end, self._next_start + self._page)
            self._buckets = self._fetch(TimeSpan(self._next_start, end))[::-1]
            self._next_start = end
        return self._buckets[-1] if self._buckets else None
