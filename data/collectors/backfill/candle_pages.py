"""Request a span of an exchange's own candles page by page, newest first."""

from collections.abc import AsyncIterator

from data.collectors.rest import ExchangeRest
from data.market.candle import Candle
from data.market.frame import TimeSpan
from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe

PAGE_CANDLES = 300
_EMPTY_ANSWERS = 3


async def request_candles(
    rest: ExchangeRest, instrument: InstrumentId, timeframe: Timeframe, span: TimeSpan
) -> AsyncIterator[tuple[TimeSpan, list[Candle]]]:
    """Yield the candles of a span of whole candles, each page with the part that it covers.

    If the exchange has nothing older, the rest is covered too. Raises feed errors.
    """
    end, empty_answers = span.end, 0
    while end > span.start:
        limit = min(PAGE_CANDLES, (end - span.start) // timeframe.duration)
        page = await rest.candles_before(instrument, timeframe, end, limit)
        page = [candle for candle in page if candle.open_time < end]
        empty_answers = 0 if page else empty_answers + 1
        if page:
            # What is newer than the page was not confirmed yet: a later request covers it.
            known = TimeSpan.between(
                max(span.start, page[0].open_time), min(end, page[-1].close_time)
            )
        elif empty_answers < _EMPTY_ANSWERS:
            continue
        else:
            known = TimeSpan(span.start, end)  # nothing is older: it was not listed yet
        if known is None:
            return  # all of the page is older than the span, which is not confirmed yet
        yield known, [candle for candle in page if candle.open_time >= known.start]
        end = known.start
