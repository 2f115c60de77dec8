"""Detect streams that are silent although the market is not; a pong only tests the socket."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from data.collectors.config import FeedRules
from data.collectors.feed.feed import ExchangeFeed
from data.collectors.feed.stream import InstrumentStream
from data.collectors.rest import ExchangeRest
from data.errors import PermanentFeedError, TemporaryFeedError
from utils.clock import Clock

log = logging.getLogger("truetape.collector.watch")

# A trade may be listed a moment before the stream delivers it.
_LISTED_FIRST_S = 2.0
_HALF_LIFE_S = 300.0


class SilenceWatch:
    """Tracks one stream: what it received, the rate of its trades, recovery attempts."""

    def __init__(self, stream: InstrumentStream, now_s: float) -> None:
        self.stream = stream
        self.tries = 0
        self._seen_trades = stream.trades
        self._came_s = now_s
        self._checked_s = now_s
        self._rate_per_s = 0.0

    def update(self, now_s: float) -> None:
        """Update the rate with new arrivals. Silence leaves it unchanged."""
        came, passed_s = self.stream.trades - self._seen_trades, now_s - self._came_s
        if came and passed_s > 0:
            weight = 1 - 0.5 ** (passed_s / _HALF_LIFE_S)
            self._rate_per_s += weight * (came / passed_s - self._rate_per_s)
            self._seen_trades, self._came_s = self.stream.trades, now_s
            self.reset()

    def reset(self) -> None:
        """Mark the stream as healthy again."""
        self.stream.stale = False
        self.tries = 0

    def mark_checked(self, now_s: float) -> None:
        """Restart the waiting time."""
        self._checked_s = now_s

    def due(self, now_s: float, rules: FeedRules) -> bool:
        """Return whether to query the exchange: no trade and no check for `stale_after_s`."""
        return now_s - max(self._came_s, self._checked_s) > rules.stale_after_s

    def overdue(self, now_s: float, rules: FeedRules) -> bool:
        """Return whether the silence is longer than the market's own rate of trades explains."""
        if self._rate_per_s <= 0:
            return False
        threshold_s = max(rules.stale_after_s, rules.stale_intervals / self._rate_per_s)
        return now_s - self._came_s > threshold_s


class StreamWatchdog:
    """Queries the exchange about silent streams: newer trades there show that one is stale.

    Recovery: listed trades are added to the tape at once, and the stream is resubscribed; the
    next time its socket is replaced.
    """

    def __init__(
        self,
        feed: ExchangeFeed,
        rest: ExchangeRest,
        rules: FeedRules,
        clock: Clock,
        catch_up: Callable[[InstrumentStream], Awaitable[None]],
    ) -> None:
        self._feed = feed
        self._rest = rest
        self._rules = rules
        self._clock = clock
        self._catch_up = catch_up

    async def run(self, streams: Iterable[InstrumentStream]) -> None:
        """Monitor until cancelled."""
        watches = [SilenceWatch(stream, self._clock.monotonic_s()) for stream in streams]
        while True:
            await self._clock.sleep(self._rules.stale_after_s / 4)
            await asyncio.gather(*(self._watch(watch) for watch in watches))

    async def _watch(self, watch: SilenceWatch) -> None:
        now_s = self._clock.monotonic_s()
        watch.update(now_s)
        stream = watch.stream
        if stream.failed or stream.delisted or stream.acks == 0:
            watch.mark_checked(now_s)
        elif watch.due(now_s, self._rules):
            overdue = watch.overdue(now_s, self._rules)
            watch.mark_checked(now_s)
            if await self._missed_something(stream, unknown=overdue):
                await self._recover(watch)
            else:
                watch.reset()
                stream.fresh = True

    async def _missed_something(self, stream: InstrumentStream, *, unknown: bool) -> bool:
        """Return whether the exchange lists newer trades; `unknown` if it does not respond."""
        try:
            listed = await self._rest.recent_trades(stream.instrument, limit=1)
        except (TemporaryFeedError, PermanentFeedError):
            return unknown
        if not listed or listed[-1].trade_id <= stream.newest_id:
            return False
        await self._clock.sleep(min(_LISTED_FIRST_S, self._rules.stale_after_s))
        return listed[-1].trade_id > stream.newest_id

    async def _recover(self, watch: SilenceWatch) -> None:
        stream = watch.stream
        stream.stale = True
        watch.tries += 1
        facts = {"instrument": str(stream.instrument), "tries": watch.tries}
        if watch.tries == 1:
            log.warning("stream silent; resubscribing", extra=facts)
            await self._feed.resubscribe(stream.instrument)
        else:
            log.warning("stream silent; reconnecting", extra=facts)
            await self._feed.reconnect(stream.instrument)
        await self._catch_up(stream)
