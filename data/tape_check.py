"""Fold the stored trades anew, and compare every candle with what is stored of it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import msgspec

from data.market.candle import Candle, CandleSource
from data.market.frame import TimeSpan
from data.market.instrument import InstrumentId
from data.market.timeframe import EPOCH, Timeframe
from data.ports import CandleRepository, TradeRepository
from data.refolding import Refold
from data.verification import Bucket, Difference, check_exchange, check_stored

AskExchange = Callable[[Timeframe, TimeSpan], list[Candle]]
"""Returns the exchange's own candles that open in a span, also empty ones, in time order."""

PAGE_CANDLES = 5_000


class Checked(msgspec.Struct, kw_only=True):
    """How much was compared.

    `unprovable` candles are stored, but not all of their trades.
    """

    candles: int = 0
    exchange_candles: int = 0
    unprovable: int = 0


class TapeCheck:
    """Compare, timeframe by timeframe, in one walk over the trades; memory stays flat."""

    def __init__(
        self,
        candles: CandleRepository,
        trades: TradeRepository,
        refold: Refold,
        instrument: InstrumentId,
        ask_exchange: AskExchange | None = None,
    ) -> None:
        self._candles = candles
        self._refold = refold
        self._instrument = instrument
        self._ask_exchange = ask_exchange
        self._beginning = trades.first_at_or_after(instrument, EPOCH)
        self.checked = Checked()

    def differences(self, timeframes: Iterable[Timeframe], span: TimeSpan) -> Iterator[Difference]:
        """Return every difference in the span, in the order of closing."""
        wanted = tuple(timeframes)
        shelves = {timeframe: self._shelf(timeframe, span) for timeframe in wanted}
        for anew in self._refold.candles(wanted):
            for bucket in shelves[anew.timeframe].up_to(anew):
                yield from self._judge(bucket)
        for shelf in shelves.values():
            for bucket in shelf.rest():
                yield from self._judge(bucket)

    def _shelf(self, timeframe: Timeframe, span: TimeSpan) -> "_Shelf":
        return _Shelf(
            lambda part: self._stored(timeframe, part),
            TimeSpan(timeframe.ceil(span.start), timeframe.ceil(span.end)),
            timeframe,
        )

    def _stored(self, timeframe: Timeframe, part: TimeSpan) -> list[Bucket]:
        """Return what is stored, and told by the exchange, of each bucket of a part."""
        where = (self._instrument, timeframe, part.start, part.end)
        announced = {candle.open_time: candle for candle in self._candles.announced(*where)}
        versions: dict[datetime, list[Candle]] = {}
        for candle in (*self._candles.versions(*where), *self._told(timeframe, part)):
            versions.setdefault(candle.open_time, []).append(candle)
        return [
            Bucket(
                open_time=open_time,
                anew=None,
                announced=announced.get(open_time),
                versions=versions.get(open_time, ()),
            )
            for open_time in sorted(announced.keys() | versions.keys())
        ]

    def _told(self, timeframe: Timeframe, part: TimeSpan) -> list[Candle]:
        """Ask the exchange for its candles of a part, as far as the tape reaches back."""
        if self._ask_exchange is None or self._beginning is None:
            return []
        start = max(part.start, timeframe.floor(self._beginning.time))
        return self._ask_exchange(timeframe, TimeSpan(start, part.end)) if start < part.end else []

    def _judge(self, bucket: Bucket) -> Iterator[Difference]:
        if self._is_unprovable(bucket):
            self.checked.unprovable += 1
            return
        self.checked.candles += 1
        if (difference := check_stored(bucket)) is not None:
            yield difference
        for theirs in bucket.stored:
            if theirs.source is CandleSource.EXCHANGE:
                self.checked.exchange_candles += 1
                if (difference := check_exchange(bucket.anew, theirs)) is not None:
                    yield difference

    def _is_unprovable(self, bucket: Bucket) -> bool:
        """Tell whether the stored trades cannot say what this candle should be."""
        anew, stored = bucket.anew, bucket.stored
        if anew is None:
            return not self._refold.covers(TimeSpan(stored[0].open_time, stored[0].close_time))
        if not stored or anew in stored or self._beginning is None:
            return False
        return self._beginning.time >= anew.open_time


class _Shelf:
    """The stored candles of one timeframe, fetched part by part as the fold goes on."""

    def __init__(
        self, fetch: Callable[[TimeSpan], list[Bucket]], span: TimeSpan, timeframe: Timeframe
    ) -> None:
        self._fetch = fetch
        self._next_start = span.start
        self._end = span.end
        self._page = PAGE_CANDLES * timeframe.duration
        self._buckets: list[Bucket] = []

    def up_to(self, anew: Candle) -> Iterator[Bucket]:
        """Return the buckets before the candle's, and the candle's own."""
        own = Bucket(open_time=anew.open_time, anew=anew, announced=None)
        while (bucket := self._peek()) is not None and bucket.open_time <= anew.open_time:
            self._buckets.pop()
            if bucket.open_time == anew.open_time:
                own = msgspec.structs.replace(bucket, anew=anew)
            else:
                yield bucket
        yield own

    def rest(self) -> Iterator[Bucket]:
        """Return the buckets that are left."""
        while (bucket := self._peek()) is not None:
            self._buckets.pop()
            yield bucket

    def _peek(self) -> Bucket | None:
        while not self._buckets and self._next_start < self._end:
            end = min(self._end, self._next_start + self._page)
            self._buckets = self._fetch(TimeSpan(self._next_start, end))[::-1]
            self._next_start = end
        return self._buckets[-1] if self._buckets else None
