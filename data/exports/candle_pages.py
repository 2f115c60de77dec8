"""Read the stored candles of a long span in pages, oldest first, in constant memory."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from data.market.candle import Candle
from data.market.frame import TimeSpan
from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe

PAGE_CANDLES = 20_000


class ReadCandles(Protocol):
    """One of a repository's two read methods: `announced` or `best`."""

    def __call__(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[Candle]:
        """Return the candles that open in [start, end)."""


def pages(
    read: ReadCandles, instrument: InstrumentId, timeframe: Timeframe, span: TimeSpan
) -> Iterator[tuple[TimeSpan, list[Candle]]]:
    """Return the stored candles that open in a span, part by part."""
    start = span.start
    while start < span.end:
        end = min(span.end, start + PAGE_CANDLES * timeframe.duration)
        yield TimeSpan(start, end), read(instrument, timeframe, start, end)
        start = end
