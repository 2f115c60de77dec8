"""The live streams with their subscribers, and the beat that delivers their messages."""

from collections.abc import Callable
from typing import Protocol

from data.simulator.protocol.messages import PushMessage
from data.simulator.protocol.requests import Arg
from data.simulator.protocol.streams import ChannelStream


class Listener(Protocol):
    """A subscriber of streams."""

    def deliver(self, arg: Arg, messages: list[PushMessage]) -> None:
        """Deliver the messages of one subscription."""


class Hub:
    """The live streams and their subscribers; a stream exists while it has a subscriber."""

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
