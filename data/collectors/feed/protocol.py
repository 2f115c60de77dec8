"""The interface between sockets and the WebSocket protocol of one exchange. Pure."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import msgspec

from data.market.trade import Trade


class TradesPushed(msgspec.Struct, frozen=True, gc=False):
    """Trades of one symbol, in the order of the message."""

    symbol: str
    trades: list[Trade]


class Acknowledged(msgspec.Struct, frozen=True):
    """The exchange confirmed the subscription of a symbol."""

    symbol: str


class Refused(msgspec.Struct, frozen=True):
    """The exchange refused a request; permanently for `symbol`, if its message names one.

    `is_temporary`: the same request may succeed later.
    """

    code: str
    text: str
    symbol: str | None
    is_temporary: bool = False


class ServiceNotice(msgspec.Struct, frozen=True):
    """An announcement of the exchange; `is_closing`: this socket will be closed soon."""

    code: str
    text: str
    is_closing: bool = False


class PingReceived(msgspec.Struct, frozen=True):
    """The exchange tests the socket and expects `response`."""

    response: str


class Ignored(msgspec.Struct, frozen=True):
    """A message that needs no action, such as the response to a ping."""


class Unhandled(msgspec.Struct, frozen=True):
    """A readable message that is not handled: data of another channel, or an unknown event."""

    name: str


Message = TradesPushed | Acknowledged | Refused | ServiceNotice | PingReceived | Ignored | Unhandled


class StreamProtocol(ABC):
    """Reads and writes the messages of one socket, for the trades of some symbols.

    `path`: what follows host and port in the socket's address. `ping`: the text to send on a quiet
    socket, to which any message is a response; None: the exchange sends something by itself, at
    least once per `heartbeat_s`. `immediate_codes` and `delayed_codes`: the close codes and HTTP
    statuses after which to reconnect at once, or after `penalty_s` at the earliest.
    """

    path: str
    ping: ClassVar[str | None] = None
    immediate_codes: ClassVar[frozenset[int]] = frozenset()
    delayed_codes: ClassVar[frozenset[int]] = frozenset({429, 503})

    @abstractmethod
    def read(self, raw: bytes) -> Message:
        """Read one frame. Raises ProtocolError if it is not what the exchange documents."""

    @abstractmethod
    def subscribe(self, symbols: Sequence[str]) -> str:
        """Return the request for the trades of these symbols."""

    @abstractmethod
    def unsubscribe(self, symbols: Sequence[str]) -> str:
        """Return the request that ends the trades of these symbols."""
