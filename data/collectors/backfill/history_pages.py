"""Download a span of the exchange's own candles page by page, newest first."""

import asyncio
from collections.abc import Iterable

from data.collectors.rest import ExchangeRest
from data.market.candle import Candle
from data.market.frame import TimeSpan
from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe
from data.ports import CandleRepository

PAGE_CANDLES = 300
_EMPTY_ANSWERS = 3


class HistoryPages:
    """Each page is stored with the span that it covers, so nothing is requested twice."""

    def __init__(self, candles: CandleRepository, rest: ExchangeRest) -> None:
        self._candles = candles
        self._rest = rest

    async def download(
        self, instrument: InstrumentId, timeframe: Timeframe, span: TimeSpan
    ) -> None:
        """Cover a span of whole candles. Raises feed and repository errors."""
        end, empty_answers = span.end, 0
        while end > span.start:
            limit = min(PAGE_CANDLES, (end - span.start) // timeframe.duration)
            page = await self._rest.candles_before(instrument, timeframe, end, limit)
            page = [candle for candle in page if candle.open_time < end]
            empty_answers = 0 if page else empty_answers + 1
            if page:
                # What is newer than the page was not confirmed yet: a later round requests it.
                start, covered_until = (
                    max(span.start, page[0].open_time),
                    min(end, page[-1].close_time),
                )
            elif empty_answers < _EMPTY_ANSWERS:
                continue
            else:
                start, covered_until = span.start, end  # nothing is older: it was not listed yet
            known = TimeSpan.between(start, covered_until)
            if known is None:
                return  # all of the page is older than the span, which is not confirmed yet
            await asyncio.to_thread(self._save, instrument, timeframe, page, known)
            end = start

    def _save(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        page: Iterable[Candle],
        known: TimeSpan,
    ) -> None:
        self._candles.save([c for c in page if c.volume > 0 and known.start <= c.open_time])
        self._candles.add_coverage(instrument, timeframe, [known])
