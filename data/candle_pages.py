"""Stored candles of a long span, oldest first, in flat memory."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Protocol

from data.market.candle import Candle
from data.market.frame import TimeSpan
from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe
from data.ports import CandleRepository

PAGE_CANDLES = 20_000
_BEGINNING = datetime(2009, 1, 1, tzinfo=UTC)


class ReadCandles(Protocol):
    """One of a repository's two reads: `announced` or `best`."""

    def __call__(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[Candle]:
        """Return the candles that open in [start, end)."""


def stored_span(
    candles: CandleRepository, instrument: InstrumentId, timeframe: Timeframe
) -> TimeSpan | None:
    """Return the span from the first stored candle's opening to the last one's close."""
    newest = candles.latest(instrument, timeframe, 1)
    if not newest:
        return None
    # Something is stored before `high` and nothing before `low`, a number of candles after 2009.
    origin = timeframe.floor(_BEGINNING)
    low, high = 0, (newest[0].open_time - origin) // timeframe.duration + 1
    while high - low > 1:
        middle = (low + high) // 2
        if candles.latest(instrument, timeframe, 1, origin + middle * timeframe.duration):
            high = middle
        else:
            low = middle
    return TimeSpan(origin + (high - 1) * timeframe.duration, newest[0].close_time)


def pages(
    read: ReadCandles, instrument: InstrumentId, timeframe: Timeframe, span: TimeSpan
) -> Iterator[tuple[TimeSpan, list[Candle]]]:
    """Return the stored candles that open in a span, part by part."""
    start = span.start
    while start < span.end:
        end = min(span.end, start + PAGE_CANDLES * timeframe.duration)
        yield TimeSpan(start, end), read(instrument, timeframe, start, end)
        start = end
