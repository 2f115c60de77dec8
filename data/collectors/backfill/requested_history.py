"""Candles older than the general history, where a strategy has requested them."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from data.collectors.backfill.history_pages import HistoryPages
from data.collectors.rest import ExchangeRest
from data.collectors.store import CollectorStore
from data.market.frame import TimeSpan
from data.market.instrument import InstrumentId
from data.market.spans import subtract_spans, whole
from data.market.timeframe import Timeframe
from utils.clock import Clock
from utils.isolation import Isolation


class RequestedHistory:
    """Requests candles of exactly the requested timeframe.

    Minutes to fold them from would be a thousand times as many. It can be interrupted anywhere:
    coverage is read from the store each time. Nothing is requested after the tape's end.
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
        self._timeframes = frozenset(timeframes)

    async def complete(self, instruments: Sequence[InstrumentId], days: float) -> None:
        """Fetch what is requested of the last `days`, the coarsest timeframe first: it is smallest.

        Errors of one instrument are kept by the isolation. Raises those that it passes on.
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
                for part in await asyncio.to_thread(self._unknown, instrument, timeframe, start):
                    await self._pages.download(instrument, timeframe, part)

    def _unknown(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime
    ) -> list[TimeSpan]:
        """Return the uncovered parts from `start` to the tape's end, newest first."""
        tape_end = self._store.trades.end(instrument)
        if tape_end is None:
            return []
        span = TimeSpan.between(start, timeframe.floor(tape_end.time))
        if span is None:
            return []
        known = self._store.candles.known(instrument, timeframe, span.start, span.end)
        return subtract_spans(span, whole(known, timeframe))[::-1]
