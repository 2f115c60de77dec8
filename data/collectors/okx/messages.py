"""OKX's WebSocket messages: bytes in, typed messages out. Pure.

Tolerant where the exchange was seen to vary (missing count, source and seqId; numbers for strings;
extra fields; undocumented events), strict where a wrong reading would corrupt the tape.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from data.errors import InvalidValue, ProtocolError
from data.market.instrument import InstrumentId
from data.market.timeframe import EPOCH
from data.market.trade import Side, Trade

TRADE_CHANNELS = frozenset({"trades", "trades-all"})
_REFUSED_ARG = re.compile(r"channel:\s*([^,\s]+),\s*instId:\s*([^\s,]+)")
_MILLISECONDS = tuple(timedelta(milliseconds=ms) for ms in range(1000))


class StreamArg(msgspec.Struct, frozen=True, gc=False, rename={"symbol": "instId"}):
    """A subscription argument: a channel of one instrument."""

    channel: str
    symbol: str = ""

    def __str__(self) -> str:
        return f"{self.channel}:{self.symbol}"


class TradesPushed(msgspec.Struct, frozen=True, gc=False):
    """Trades of one stream, in the order of the message."""

    arg: StreamArg
    trades: list[Trade]


class Acknowledged(msgspec.Struct, frozen=True):
    """The exchange confirmed a subscription (`op` subscribe) or its end (unsubscribe)."""

    op: str
    arg: StreamArg


class Refused(msgspec.Struct, frozen=True):
    """The exchange refused a request; `arg` if its message names one."""

    code: str
    text: str
    arg: StreamArg | None


class ServiceNotice(msgspec.Struct, frozen=True):
    """An announcement of the exchange, such as 64008: this connection will close soon."""

    code: str
    text: str


class Pong(msgspec.Struct, frozen=True):
    """The response to a ping."""


class Unhandled(msgspec.Struct, frozen=True):
    """A readable message that is not handled: data of another channel, or an unknown event."""

    name: str


Message = TradesPushed | Acknowledged | Refused | ServiceNotice | Pong | Unhandled


class OkxTrade(msgspec.Struct, gc=False):
    """One trade as WebSocket and REST send it; `ts` in ms since the epoch."""

    instId: str
    tradeId: int
    px: Decimal
    sz: Decimal
    side: Side
    ts: int
    count: int = 1
    source: int = 0


class _TradesFrame(msgspec.Struct, gc=False):
    arg: StreamArg
    data: list[OkxTrade]


class _AnyFrame(msgspec.Struct):
    arg: StreamArg | None = None
    event: str | None = None
    code: str | int = ""
    msg: str = ""
    data: msgspec.Raw = msgspec.Raw()


def to_time(ms: int) -> datetime:
    """Return the aware time `ms` milliseconds after the epoch. Raises InvalidValue."""
    try:
        return EPOCH + ms * _MILLISECONDS[1]
    except OverflowError as error:
        raise InvalidValue(f"{ms} ms after 1970 is no time we can hold") from error


class MessageReader:
    """Reads the messages of one exchange with OKX's protocol; `exchange` is its name here."""

    def __init__(self, exchange: str) -> None:
        self._exchange = exchange
        self._names: dict[str, InstrumentId] = {}
        # Neighbours share the second, and adding is half of the cost of building a time.
        self._second, self._second_began = 0, EPOCH
        self._trades: msgspec.json.Decoder[_TradesFrame] = msgspec.json.Decoder(
            _TradesFrame, strict=False
        )
        self._any: msgspec.json.Decoder[_AnyFrame] = msgspec.json.Decoder(_AnyFrame)

    def read(self, raw: bytes) -> Message:
        """Read one frame. Raises ProtocolError if it is not what OKX documents."""
        try:
            frame = self._trades.decode(raw)
        except msgspec.DecodeError:
            return self._read_other(raw)
        if frame.arg.channel not in TRADE_CHANNELS:
            return Unhandled(frame.arg.channel)
        return TradesPushed(frame.arg, self.trades(frame.arg.symbol, frame.data))

    def trades(self, symbol: str, rows: Sequence[OkxTrade]) -> list[Trade]:
        """Build the trades of one instrument. Raises ProtocolError if one cannot be."""
        trades = []
        try:
            instrument = self._names.get(symbol) or self._name(symbol)
            for row in rows:
                if row.instId != symbol:
                    raise InvalidValue(f"a trade of {row.instId} among those of {symbol}")
                second, ms = divmod(row.ts, 1000)
                if second != self._second:
                    self._second, self._second_began = second, to_time(second * 1000)
                time = self._second_began + _MILLISECONDS[ms]
                trades.append(
                    Trade(
                        instrument=instrument,
                        trade_id=row.tradeId,
                        price=row.px,
                        size=row.sz,
                        side=row.side,
                        time=time,
                        exchange_time=time,
                        match_count=row.count,
                        exchange_source=row.source,
                    )
                )
        except InvalidValue as error:
            raise ProtocolError(f"{self._exchange}: {error}") from error
        return trades

    def _name(self, symbol: str) -> InstrumentId:
        return self._names.setdefault(symbol, InstrumentId(self._exchange, symbol))

    def _read_other(self, raw: bytes) -> Message:
        if raw == b"pong":
            return Pong()
        try:
            frame = self._any.decode(raw)
        except msgspec.DecodeError as error:
            raise ProtocolError(f"{self._exchange}: unreadable frame: {error}") from error
        if frame.event is not None:
            return _event(frame.event, frame)
        if frame.arg is None or not bytes(frame.data):
            raise ProtocolError(f"{self._exchange}: a frame with neither an event nor data")
        if frame.arg.channel in TRADE_CHANNELS:
            raise ProtocolError(f"{self._exchange}: unreadable trades of {frame.arg}")
        return Unhandled(frame.arg.channel)


def _event(event: str, frame: _AnyFrame) -> Message:
    code = str(frame.code)
    if event in ("subscribe", "unsubscribe") and frame.arg is not None:
        return Acknowledged(event, frame.arg)
    if event == "error":
        return Refused(code, frame.msg, _refused_arg(frame))
    if event == "notice":
        return ServiceNotice(code, frame.msg)
    return Unhandled(f"event:{event}")


def _refused_arg(frame: _AnyFrame) -> StreamArg | None:
    if frame.arg is not None:
        return frame.arg
    found = _REFUSED_ARG.search(frame.msg)
    return StreamArg(found[1], found[2].rstrip(".")) if found else None


def request(op: str, args: Sequence[StreamArg], request_id: str) -> str:
    """Return a subscribe or unsubscribe request; `request_id`: up to 32 alphanumeric characters."""
    body: dict[str, Any] = {"id": request_id, "op": op, "args": list(args)}
    return msgspec.json.encode(body).decode()
