"""Download an exchange's own candles of a span page by page, and store them as they arrive."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from data.collectors.backfill.candle_pages import request_candles
from data.collectors.backfill.candle_rollup import fold_uncovered
from data.collectors.rest import ExchangeRest
from data.market.candle import Candle
from data.market.frame import TimeSpan
from data.market.instrument import InstrumentId
from data.market.spans import subtract_spans, whole_candles_of
from data.market.timeframe import Timeframe
from data.ports import CandleRepository, OnProgress


class DownloadCounts(msgspec.Struct, kw_only=True):
    """The result of a download: new candles of the timeframe, and new ones folded from them."""

    new: int = 0
    folded: int = 0
    requests: int = 0


class CandleDownloader:
    """Complete the coverage of one timeframe. May be interrupted anywhere, and started again."""

    def __init__(
        self,
        candles: CandleRepository,
        rest: ExchangeRest,
        instrument: InstrumentId,
        timeframe: Timeframe,
        on_progress: OnProgress,
    ) -> None:
        self._candles = candles
        self._rest = rest
        self._instrument = instrument
        self._timeframe = timeframe
        self._on_progress = on_progress
        self.downloaded = DownloadCounts()

    def uncovered(self, span: TimeSpan) -> list[TimeSpan]:
        """Return the parts of a span that are not covered, newest first."""
        coverage = self._candles.coverage(self._instrument, self._timeframe, span.start, span.end)
        covered = whole_candles_of(coverage, self._timeframe)
        return [
            part
            for bucket in whole_candles_of([span], self._timeframe)
            for part in reversed(subtract_spans(bucket, covered))
        ]

    async def complete(self, span: TimeSpan) -> DownloadCounts:
        """Download the uncovered parts of a span, and fold all coarser candles that they complete.

        Raises feed and repository errors.
        """
        await self.run(span)
        self.fold(tuple(Timeframe), span)
        return self.downloaded

    async def run(self, span: TimeSpan) -> None:
        """Download the uncovered parts of a span. Raises feed and repository errors."""
        uncovered = self.uncovered(span)
        total = sum((part.end - part.start for part in uncovered), timedelta(0))
        done = timedelta(0)
        for part in uncovered:
            async for known, page in request_candles(
                self._rest, self._instrument, self._timeframe, part
            ):
                self._save(known, page)
                self._on_progress((done + part.end - known.start) / total)
            done += part.end - part.start
        self._on_progress(1.0)

    def fold(self, timeframes: Sequence[Timeframe], span: TimeSpan) -> None:
        """Fold the uncovered coarser candles whose parts are all covered."""
        self.downloaded.folded += fold_uncovered(
            self._candles, self._instrument, self._timeframe, timeframes, span
        )

    def _save(self, known: TimeSpan, page: Sequence[Candle]) -> None:
        traded = [candle for candle in page if candle.volume]
        self.downloaded.new += self._candles.save(traded)
        self.downloaded.requests += 1
        self._candles.add_coverage(self._instrument, self._timeframe, [known])
