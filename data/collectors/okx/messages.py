"""OKX's WebSocket protocol: bytes in, typed messages out. Pure.

Tolerant where the exchange was seen to vary (missing count, source and seqId; numbers for strings;
extra fields; undocumented events), strict where a wrong reading would corrupt the tape.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from data.collectors.feed.protocol import (
    Acknowledged,
    Ignored,
    Message,
    Refused,
    ServiceNotice,
    StreamProtocol,
    TradesPushed,
    Unhandled,
)
from data.errors import InvalidValue, ProtocolError
from data.market.instrument import InstrumentId
from data.market.timeframe import EPOCH
from data.market.trade import Side, Trade

# The path of each channel of trades: `trades-all` has one message per match, `trades` merges.
TRADE_PATHS = {"trades-all": "/ws/v5/business", "trades": "/ws/v5/public"}
CLOSING_SOON = "64008"
# Temporary refusals, not caused by the argument: too many requests; internal error.
_TEMPORARY = frozenset({"60014", "64007"})
_REFUSED_ARG = re.compile(r"channel:\s*([^,\s]+),\s*instId:\s*([^\s,]+)")
_MILLISECONDS = tuple(timedelta(milliseconds=ms) for ms in range(1000))


class _Arg(msgspec.Struct, frozen=True, gc=False, rename={"symbol": "instId"}):
    """A subscription argument: a channel of one instrument."""

    channel: str
    symbol: str = ""


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
    arg: _Arg
    data: list[OkxTrade]


class _AnyFrame(msgspec.Struct):
    arg: _Arg | None = None
    event: str | None = None
    code: str | int = ""
    msg: str = ""
    data: msgspec.Raw = msgspec.Raw()


def to_time(ms: int) -> datetime:
    """Return the aware time `ms` milliseconds after the epoch. Raises InvalidValue."""
    try:
        return EPOCH + ms * _MILLISECONDS[1]
    except OverflowError as error:
        raise InvalidValue(f"time {ms} ms since 1970 is out of range") from error


class TradeReader:
    """Reads the trades of one exchange with OKX's protocol; `exchange` is its name here."""

    def __init__(self, exchange: str) -> None:
        self._exchange = exchange
        self._names: dict[str, InstrumentId] = {}
        # Neighbours share the second, and adding is half of the cost of building a time.
        self._second, self._second_began = 0, EPOCH

    def trades(self, symbol: str, rows: Sequence[OkxTrade]) -> list[Trade]:
        """Build the trades of one instrument. Raises ProtocolError if one cannot be."""
        trades = []
        try:
            instrument = self._names.get(symbol) or self._name(symbol)
            for row in rows:
                if row.instId != symbol:
                    raise InvalidValue(f"trade of {row.instId} in a message for {symbol}")
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


class OkxProtocol(StreamProtocol):
    """One channel of an exchange with OKX's protocol; `exchange` is its name here."""

    ping = "ping"
    # No data for a while: the stream was quiet.
    immediate_codes = frozenset({4004})
    # Slow consumer, too many channels, and HTTP's too many requests and unavailable.
    delayed_codes = frozenset({4005, 4008, 4009, 429, 503})

    def __init__(self, exchange: str, channel: str) -> None:
        self.path = TRADE_PATHS[channel]
        self._exchange = exchange
        self._channel = channel
        self._requests = 0
        self._reader = TradeReader(exchange)
        self._trades: msgspec.json.Decoder[_TradesFrame] = msgspec.json.Decoder(
            _TradesFrame, strict=False
        )
        self._any: msgspec.json.Decoder[_AnyFrame] = msgspec.json.Decoder(_AnyFrame)

    def read(self, raw: bytes) -> Message:
        try:
            frame = self._trades.decode(raw)
        except msgspec.DecodeError:
            return self._read_other(raw)
        if frame.arg.channel != self._channel:
            return Unhandled(frame.arg.channel)
        symbol = frame.arg.symbol
        return TradesPushed(symbol, self._reader.trades(symbol, frame.data))

    def subscribe(self, symbols: Sequence[str]) -> str:
        return self._request("subscribe", symbols)

    def unsubscribe(self, symbols: Sequence[str]) -> str:
        return self._request("unsubscribe", symbols)

    def _request(self, op: str, symbols: Sequence[str]) -> str:
        self._requests += 1
        args = [_Arg(self._channel, symbol) for symbol in symbols]
        return msgspec.json.encode({"id": str(self._requests), "op": op, "args": args}).decode()

    def _read_other(self, raw: bytes) -> Message:
        if raw == b"pong":
            return Ignored()
        try:
            frame = self._any.decode(raw)
        except msgspec.DecodeError as error:
            raise ProtocolError(f"{self._exchange}: unreadable frame: {error}") from error
        if frame.event is not None:
            return self._event(frame.event, frame)
        if frame.arg is None or not bytes(frame.data):
            raise ProtocolError(f"{self._exchange}: frame with neither an event nor data")
        if frame.arg.channel in TRADE_PATHS:
            arg = frame.arg
            raise ProtocolError(f"{self._exchange}: unreadable {arg.channel} of {arg.symbol}")
        return Unhandled(frame.arg.channel)

    def _event(self, event: str, frame: _AnyFrame) -> Message:
        code = str(frame.code)
        match event:
            case "subscribe" | "unsubscribe" if frame.arg is not None:
                confirmed = event == "subscribe" and frame.arg.channel == self._channel
                return Acknowledged(frame.arg.symbol) if confirmed else Ignored()
            case "error":
                symbol = self._refused_symbol(frame)
                return Refused(code, frame.msg, symbol, is_temporary=code in _TEMPORARY)
            case "notice":
                return ServiceNotice(code, frame.msg, is_closing=code == CLOSING_SOON)
        return Unhandled(f"event:{event}")

    def _refused_symbol(self, frame: _AnyFrame) -> str | None:
        """Return the symbol that an error is about; most errors name it in their text only."""
        arg = frame.arg
        if arg is None and (found := _REFUSED_ARG.search(frame.msg)):
            arg = _Arg(found[1], found[2].rstrip("."))
        return arg.symbol if arg is not None and arg.channel == self._channel else None
