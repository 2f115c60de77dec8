"""The state of one simulated exchange: its clock, its markets, its faults, its subscribers."""

from collections.abc import Callable
from typing import Protocol

from data.simulator.clock import VirtualClock
from data.simulator.config import SimulatorConfig
from data.simulator.faults.registry import FaultRegistry
from data.simulator.market.match_history import MatchHistory
from data.simulator.market.matches import MatchSource
from data.simulator.protocol import messages
from data.simulator.protocol.catalog import Catalog
from data.simulator.protocol.messages import PushMessage
from data.simulator.protocol.requests import CANDLE_CHANNELS, Arg
from data.simulator.protocol.streams import (
    CandleStream,
    ChannelStream,
    EventStream,
    TickerStream,
    TradeStream,
)


class Listener(Protocol):
    """A subscriber of streams."""

    def deliver(self, arg: Arg, messages: list[PushMessage]) -> None:
        """Deliver the messages of one subscription."""


class Hub:
    """The live streams and their subscribers; its beat delivers their messages.

    A stream exists while it has a subscriber.
    """

    def __init__(self, open_stream: Callable[[Arg], ChannelStream]) -> None:
        self._open_stream = open_stream
        self._streams: dict[Arg, ChannelStream] = {}
        self._listeners: dict[Arg, dict[Listener, None]] = {}

    def join(self, arg: Arg, listener: Listener) -> ChannelStream:
        """Subscribe a listener; idempotent."""
        if arg not in self._streams:
            self._streams[arg] = self._open_stream(arg)
            self._listeners[arg] = {}
        self._listeners[arg][listener] = None
        return self._streams[arg]

    def leave(self, arg: Arg, listener: Listener) -> None:
        """Unsubscribe a listener."""
        listeners = self._listeners.get(arg, {})
        listeners.pop(listener, None)
        if not listeners:
            self._streams.pop(arg, None)
            self._listeners.pop(arg, None)

    def beat(self, now_ms: int, now_s: float) -> None:
        """Deliver to every listener what happened since the last beat."""
        for arg, stream in list(self._streams.items()):
            messages = stream.update(now_ms, now_s)
            if messages:
                for listener in list(self._listeners.get(arg, {})):
                    listener.deliver(arg, messages)

    def open_streams(self) -> list[ChannelStream]:
        """Return the streams that have subscribers."""
        return list(self._streams.values())


class Exchange:
    """The state that all connections of one simulator share."""

    def __init__(
        self,
        config: SimulatorConfig,
        sources: list[MatchSource],
        clock: VirtualClock,
        monotonic_s: Callable[[], float],
    ) -> None:
        self.config = config
        self.clock = clock
        self.monotonic_s = monotonic_s
        self.histories = {source.listing.inst_id: MatchHistory(source) for source in sources}
        listings = {name: history.listing for name, history in self.histories.items()}
        self.catalog = Catalog(
            listings, min(history.epoch_ms for history in self.histories.values())
        )
        self.registry = FaultRegistry(
            seed=config.seed, monotonic_s=monotonic_s, now_ms=clock.now_ms
        )
        self.hub = Hub(self._open_stream)

    def _open_stream(self, arg: Arg) -> ChannelStream:
        now_ms = self.clock.now_ms()
        if arg.channel in ("instruments", "status"):
            return EventStream(arg)
        history = self.histories[arg.inst_id]
        if arg.channel == "tickers":
            return TickerStream(history)
        if arg.channel in CANDLE_CHANNELS:
            delay_ms = self.config.limits.candle_close_delay_ms
            bar = CANDLE_CHANNELS[arg.channel]
            return CandleStream(history, bar, close_delay_ms=delay_ms, now_ms=now_ms)
        if self.config.waits and self.clock.speed == 0:
            self.clock.run_at(self.config.speed)
        write = messages.trades if arg.channel == "trades" else messages.trades_all
        return TradeStream(history, write, now_ms)
