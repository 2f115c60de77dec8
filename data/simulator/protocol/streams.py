"""The channels as streams: the first messages of a new subscriber, and later updates."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace

import msgspec

from data.simulator.market.bars import Bar
from data.simulator.market.candles import ExactCandle, candles
from data.simulator.market.listing import ListedInstrument
from data.simulator.market.match_history import MatchHistory
from data.simulator.market.matches import Matches
from data.simulator.protocol.messages import PushMessage, candle_row
from data.simulator.protocol.requests import Arg
from data.simulator.protocol.tickers import ticker

_CANDLE_EVERY_S = 1.0
_TICKER_EVERY_S = 0.1


class ChannelStream(ABC):
    """One channel of one instrument, shared by all its subscribers."""

    @abstractmethod
    def opening(self, now_ms: int) -> list[PushMessage]:
        """Return the messages that a new subscriber receives at once."""

    @abstractmethod
    def update(self, now_ms: int, now_s: float) -> list[PushMessage]:
        """Return what happened since the last update."""


class TradeStream(ChannelStream):
    """Every match, or every merged trade, exactly once and in order."""

    def __init__(
        self,
        history: MatchHistory,
        write: Callable[[ListedInstrument, Matches], list[PushMessage]],
        now_ms: int,
    ) -> None:
        self._history = history
        self._write = write
        self._published_ms = now_ms
        self._ready: list[PushMessage] = []
        self._ready_until_ms = now_ms
        self._ready_edits = history.edits

    def prepare(self, until_ms: int) -> int:
        """Prepare the messages up to a time now, to send them later without work."""
        self._ready = self._write(
            self._history.listing, self._history.between(self._published_ms, until_ms)
        )
        self._ready_until_ms, self._ready_edits = until_ms, self._history.edits
        return len(self._ready)

    def opening(self, now_ms: int) -> list[PushMessage]:
        """Return the last trade, however old: the real exchange does."""
        return self.last(1, now_ms)

    def last(self, count: int, now_ms: int) -> list[PushMessage]:
        """Return the messages of the last `count` published matches."""
        published = self._history.latest(count, min(now_ms, self._published_ms))
        return self._write(self._history.listing, published)

    def update(self, now_ms: int, now_s: float) -> list[PushMessage]:  # noqa: ARG002
        if now_ms <= self._published_ms:
            return []
        if now_ms <= self._ready_until_ms and self._ready_edits == self._history.edits:
            messages = self._take_ready(now_ms)
        else:
            matches = self._history.between(self._published_ms, now_ms)
            messages = self._write(self._history.listing, matches)
        self._published_ms = now_ms
        return messages

    def _take_ready(self, now_ms: int) -> list[PushMessage]:
        place = bisect_right(self._ready, now_ms, key=lambda message: message.time_ms)
        taken, self._ready = self._ready[:place], self._ready[place:]
        return taken


class CandleStream(ChannelStream):
    """The forming candle at most once a second; once more, confirmed, when it has closed."""

    def __init__(
        self, history: MatchHistory, bar: Bar, *, close_delay_ms: int, now_ms: int
    ) -> None:
        self._history = history
        self._bar = bar
        self._close_delay_ms = close_delay_ms
        self._open_ms = bar.floor_ms(now_ms)
        self._next_s = 0.0
        self._published: ExactCandle | None = None

    def opening(self, now_ms: int) -> list[PushMessage]:
        return [self._message(candle, confirmed=False) for candle in self._since_open(now_ms)[:1]]

    def update(self, now_ms: int, now_s: float) -> list[PushMessage]:
        if now_s < self._next_s:
            return []
        self._next_s = now_s + _CANDLE_EVERY_S
        messages = []
        for candle in self._since_open(now_ms):
            end_ms = self._bar.step_ms(candle.open_ms, 1)
            if end_ms + self._close_delay_ms <= now_ms:
                messages.append(self._message(candle, confirmed=True))
                self._open_ms = end_ms
                continue
            if candle != self._published:
                messages.append(self._message(candle, confirmed=False))
                self._published = candle
            break
        return messages

    def _since_open(self, now_ms: int) -> list[ExactCandle]:
        stop_ms = self._bar.step_ms(self._bar.floor_ms(now_ms), 1)
        return candles(self._history, self._bar, self._open_ms, stop_ms, now_ms)

    def _message(self, candle: ExactCandle, *, confirmed: bool) -> PushMessage:
        listing = self._history.listing
        channel = f"candle{self._bar.name}"
        row = candle_row(listing, replace(candle, confirmed=confirmed))
        payload = {"arg": {"channel": channel, "instId": listing.inst_id}, "data": [row]}
        return PushMessage(
            channel, listing.inst_id, msgspec.json.encode(payload), time_ms=candle.open_ms
        )


class TickerStream(ChannelStream):
    """The ticker, at most ten times a second, when there was a trade."""

    def __init__(self, history: MatchHistory) -> None:
        self._history = history
        self._next_s = 0.0
        self._published: dict[str, str] | None = None

    def opening(self, now_ms: int) -> list[PushMessage]:
        found = ticker(self._history, now_ms)
        return [] if found is None else [self._message(found)]

    def update(self, now_ms: int, now_s: float) -> list[PushMessage]:
        if now_s < self._next_s:
            return []
        self._next_s = now_s + _TICKER_EVERY_S
        found = ticker(self._history, now_ms)
        if found is None or found == self._published:
            return []
        self._published = found
        return [self._message(found)]

    def _message(self, found: dict[str, str]) -> PushMessage:
        inst_id = self._history.listing.inst_id
        payload = {"arg": {"channel": "tickers", "instId": inst_id}, "data": [found]}
        return PushMessage(
            "tickers", inst_id, msgspec.json.encode(payload), time_ms=int(found["ts"])
        )


class EventStream(ChannelStream):
    """Messages that other components add; a new subscriber receives nothing at once."""

    def __init__(self, arg: Arg) -> None:
        self.arg = arg
        self._waiting: list[PushMessage] = []

    def put(self, message: PushMessage) -> None:
        """Send a message to all subscribers with the next update."""
        self._waiting.append(message)

    def opening(self, now_ms: int) -> list[PushMessage]:  # noqa: ARG002
        return []

    def update(self, now_ms: int, now_s: float) -> list[PushMessage]:  # noqa: ARG002
        messages, self._waiting = self._waiting, []
        return messages
