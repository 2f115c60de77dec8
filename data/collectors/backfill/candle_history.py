"""The exchange's own candles for the time before the tape and inside its holes."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from data.collectors.backfill.history_pages import HistoryPages
from data.collectors.rest import ExchangeRest
from data.collectors.store import CollectorStore
from data.market.candle import Candle, CandleSource, merge_candles
from data.market.frame import TimeSpan
from data.market.instrument import InstrumentId
from data.market.spans import intersect_spans, newest_first, subtract_spans, whole
from data.market.timeframe import Timeframe
from utils.clock import Clock
from utils.isolation import Isolation

log = logging.getLogger("truetape.collector.history")

BASE = Timeframe.M1


class CandleHistory:
    """Requests one-minute candles, newest first, and folds the coarser ones from whole spans.

    Coverage is read from the store each time, so that it can be interrupted anywhere. Nothing is
    requested after the tape's committed end: the tape announces those candles.
    """

    def __init__(
        self,
        store: CollectorStore,
        rest: ExchangeRest,
        clock: Clock,
        timeframes: Iterable[Timeframe],
        isolation: Isolation,
    ) -> None:
        self._isolation = isolation
        self._store = store
        self._pages = HistoryPages(store.candles, rest)
        self._clock = clock
        self._coarser = [t for t in timeframes if t is not BASE and BASE.divides(t)]

    async def complete(self, instruments: Sequence[InstrumentId], days: float) -> bool:
        """Complete the last `days` of all instruments; return whether every tape has started.

        An instrument whose isolated attempt fails is left out of this round. Raises the errors that
        the isolation passes on.
        """
        start = Timeframe.D1.floor(self._clock.now() - timedelta(days=days))
        spans, has_started = {}, 0
        for instrument in instruments:
            end = await asyncio.to_thread(self._store.trades.end, instrument)
            has_started += end is not None
            # A quiet or delisted instrument may have traded last before the span begins.
            span = None if end is None else TimeSpan.between(start, BASE.floor(end.time))
            if span is not None:
                spans[instrument] = span
        work: list[tuple[TimeSpan, InstrumentId]] = []
        for instrument, span in spans.items():
            with self._isolation.attempt(_item(instrument)):
                work += [(part, instrument) for part in await self._unknown(instrument, span)]
        # The newest day of every instrument first, so that charts fill quickly.
        await self._download(sorted(work, key=lambda one: one[0].start, reverse=True), spans)
        if not work:
            for instrument, span in spans.items():
                with self._isolation.attempt(_item(instrument)):
                    await asyncio.to_thread(self._fold, instrument, span)
        return has_started == len(instruments)

    async def _download(
        self,
        work: Iterable[tuple[TimeSpan, InstrumentId]],
        spans: Mapping[InstrumentId, TimeSpan],
    ) -> None:
        failed: set[InstrumentId] = set()
        for part, instrument in work:
            if instrument in failed:
                continue
            with self._isolation.attempt(_item(instrument)) as attempt:
                await self._pages.download(instrument, BASE, part)
                weeks = _weeks_of(part, spans[instrument])
                await asyncio.to_thread(self._fold, instrument, weeks)
            if attempt.failed:
                failed.add(instrument)

    async def _unknown(self, instrument: InstrumentId, span: TimeSpan) -> list[TimeSpan]:
        known = await asyncio.to_thread(
            self._store.candles.known, instrument, BASE, span.start, span.end
        )
        unknown = subtract_spans(span, whole(known, BASE))
        return [part for gap in unknown for part in newest_first(gap, Timeframe.D1)]

    def _fold(self, instrument: InstrumentId, span: TimeSpan) -> None:
        """Fold and store the coarser candles whose minutes are all covered by now."""
        candles = self._store.candles
        minutes = candles.known(instrument, BASE, span.start, span.end)
        for timeframe in self._coarser:
            known = whole(candles.known(instrument, timeframe, span.start, span.end), timeframe)
            unknown = [
                part for gap in whole([span], timeframe) for part in subtract_spans(gap, known)
            ]
            foldable = intersect_spans(unknown, whole(minutes, timeframe))
            for part in foldable:
                parts = candles.best(instrument, BASE, part.start, part.end)
                candles.save(_folded(parts, timeframe))
            candles.add_coverage(instrument, timeframe, foldable)


def _item(instrument: InstrumentId) -> str:
    return f"{instrument}: candles"


def _folded(parts: Sequence[Candle], timeframe: Timeframe) -> list[Candle]:
    by_bucket = groupby(parts, key=lambda part: timeframe.floor(part.open_time))
    folded = [merge_candles(group, timeframe) for _, group in by_bucket]
    # Those made from trades alone are announced, or rebuilt, by their own fold.
    return [candle for candle in folded if candle.source is CandleSource.EXCHANGE]


def _weeks_of(part: TimeSpan, within: TimeSpan) -> TimeSpan:
    start: datetime = max(within.start, Timeframe.W1.floor(part.start))
    return TimeSpan(start, min(within.end, Timeframe.W1.ceil(part.end)))
