"""The exchange's own candles: before the tape, in its holes, and where strategies request them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from data.collectors.backfill.candle_pages import request_candles
from data.collectors.backfill.candle_rollup import fold_uncovered
from data.collectors.rest import ExchangeRest
from data.collectors.store import CollectorStore
from data.market.candle import Candle
from data.market.frame import TimeSpan
from data.market.instrument import InstrumentId
from data.market.spans import newest_first, subtract_spans, whole_candles_of
from data.market.timeframe import Timeframe
from utils.clock import Clock
from utils.isolation import Isolation

BASE = Timeframe.M1


class CandleBackfiller:
    """Completes the candles of a general span, and older ones that strategies have requested.

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
        self._rest = rest
        self._clock = clock
        self._timeframes = frozenset(timeframes)

    async def complete(self, instruments: Sequence[InstrumentId], days: float) -> bool:
        """Complete the last `days` of all instruments; return whether every tape has started.

        One-minute candles are requested, newest first, and coarser ones folded from whole spans.
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
                days_left = await asyncio.to_thread(self._days, instrument, span)
                work += [(part, instrument) for part in days_left]
        # The newest day of every instrument first, so that charts fill quickly.
        await self._download(sorted(work, key=lambda one: one[0].start, reverse=True), spans)
        if not work:
            for instrument, span in spans.items():
                with self._isolation.attempt(_item(instrument)):
                    await asyncio.to_thread(self._fold, instrument, span)
        return has_started == len(instruments)

    async def complete_requested(self, instruments: Sequence[InstrumentId], days: float) -> None:
        """Fetch what is requested of the last `days`, the coarsest timeframe first: it is smallest.

        Candles of exactly the requested timeframe: minutes to fold them from would be a thousand
        times as many. Errors of one instrument are kept by the isolation. Raises those that it
        passes on.
        """
        history_requests = await asyncio.to_thread(self._store.history_requests.of, instruments)
        oldest = self._clock.now() - timedelta(days=days)
        for (instrument, timeframe), since in sorted(
            history_requests.items(),
            key=lambda history_request: (-history_request[0][1].seconds, history_request[0][0]),
        ):
            if timeframe not in self._timeframes:
                continue
            start = timeframe.ceil(max(since, oldest))
            with self._isolation.attempt(f"{instrument}: requested {timeframe} candles"):
                for part in await asyncio.to_thread(self._requested, instrument, timeframe, start):
                    await self._cover(instrument, timeframe, part)

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
                await self._cover(instrument, BASE, part)
                weeks = _weeks_of(part, spans[instrument])
                await asyncio.to_thread(self._fold, instrument, weeks)
            if attempt.failed:
                failed.add(instrument)

    async def _cover(self, instrument: InstrumentId, timeframe: Timeframe, span: TimeSpan) -> None:
        """Download a span of whole candles, and store each page with the part that it covers."""
        async for known, page in request_candles(self._rest, instrument, timeframe, span):
            await asyncio.to_thread(self._save, instrument, timeframe, page, known)

    def _save(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        page: Sequence[Candle],
        known: TimeSpan,
    ) -> None:
        self._store.candles.save([candle for candle in page if candle.volume > 0])
        self._store.candles.add_coverage(instrument, timeframe, [known])

    def _days(self, instrument: InstrumentId, span: TimeSpan) -> list[TimeSpan]:
        """Return the uncovered parts of a span, day by day, each gap newest first."""
        return [
            part
            for gap in self._uncovered(instrument, BASE, span)
            for part in newest_first(gap, Timeframe.D1)
        ]

    def _requested(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime
    ) -> list[TimeSpan]:
        """Return the uncovered parts from `start` to the tape's end, newest first."""
        tape_end = self._store.trades.end(instrument)
        if tape_end is None:
            return []
        span = TimeSpan.between(start, timeframe.floor(tape_end.time))
        return [] if span is None else self._uncovered(instrument, timeframe, span)[::-1]

    def _uncovered(
        self, instrument: InstrumentId, timeframe: Timeframe, span: TimeSpan
    ) -> list[TimeSpan]:
        known = self._store.candles.coverage(instrument, timeframe, span.start, span.end)
        return subtract_spans(span, whole_candles_of(known, timeframe))

    def _fold(self, instrument: InstrumentId, span: TimeSpan) -> None:
        """Fold and store the coarser candles whose minutes are all covered by now."""
        fold_uncovered(self._store.candles, instrument, BASE, self._timeframes, span)


def _item(instrument: InstrumentId) -> str:
    return f"{instrument}: candles"


def _weeks_of(part: TimeSpan, within: TimeSpan) -> TimeSpan:
    start: datetime = max(within.start, Timeframe.W1.floor(part.start))
    return TimeSpan(start, min(within.end, Timeframe.W1.ceil(part.end)))
