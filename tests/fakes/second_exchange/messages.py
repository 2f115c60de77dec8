"""The WebSocket protocol of Tiny: the exchange pings, deals have text ids in steps of ten. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from data.collectors.feed.protocol import (
    Acknowledged,
    Ignored,
    Message,
    PingReceived,
    Refused,
    StreamProtocol,
    TradesPushed,
    Unhandled,
)
from data.errors import InvalidValue, ProtocolError
from data.market.instrument import InstrumentId
from data.market.timeframe import EPOCH
from data.market.trade import Side, Trade

# Ids are T-10, T-20, ..: a step of ten to the exchange is the next id of the tape.
_PREFIX, _STEP = "T-", 10


class Deal(msgspec.Struct):
    """One trade as WebSocket and REST send it; `maker` is the maker's side, `at` in seconds."""

    market: str
    no: str
    p: Decimal
    q: Decimal
    maker: Side
    at: float


class _Frame(msgspec.Struct):
    deal: Deal | None = None
    joined: str | None = None
    left: str | None = None
    no: str | None = None
    why: str = ""
    ping: int | None = None


_FRAME = msgspec.json.Decoder(_Frame, strict=False)


def tape_id(number: str) -> int:
    """Return the tape's id of an exchange's id. Raises ProtocolError."""
    digits = number.removeprefix(_PREFIX)
    if digits == number or not digits.isdecimal() or int(digits) % _STEP:
        raise ProtocolError(f"{number!r} is no id")
    return int(digits) // _STEP


def deal_number(trade_id: int) -> str:
    """Return the exchange's id of a tape's id."""
    return f"{_PREFIX}{trade_id * _STEP}"


def to_time(seconds: float) -> datetime:
    """Return the aware time `seconds` after the epoch."""
    return EPOCH + timedelta(seconds=seconds)


def to_trade(exchange: str, deal: Deal) -> Trade:
    """Build the trade of a deal. Raises ProtocolError."""
    time = to_time(deal.at)
    try:
        return Trade(
            instrument=InstrumentId(exchange, deal.market),
            trade_id=tape_id(deal.no),
            price=deal.p,
            size=deal.q,
            side=Side.SELL if deal.maker is Side.BUY else Side.BUY,
            time=time,
            exchange_time=time,
        )
    except InvalidValue as error:
        raise ProtocolError(f"{exchange}: {error}") from error


class TinyProtocol(StreamProtocol):
    """One market per request. `exchange` is the name of its instruments' exchange."""

    path = "/stream"
    # Deposed: another socket of this address took over.
    delayed_codes = frozenset({4100})

    def __init__(self, exchange: str) -> None:
        self._exchange = exchange

    def read(self, raw: bytes) -> Message:
        try:
            frame = _FRAME.decode(raw)
        except msgspec.DecodeError as error:
            raise ProtocolError(f"{self._exchange}: unreadable frame: {error}") from error
        if frame.deal is not None:
            return TradesPushed(frame.deal.market, [to_trade(self._exchange, frame.deal)])
        if frame.ping is not None:
            return PingReceived(msgspec.json.encode({"pong": frame.ping}).decode())
        if frame.joined is not None:
            return Acknowledged(frame.joined)
        if frame.no is not None:
            return Refused("no", frame.why, frame.no)
        return Ignored() if frame.left is not None else Unhandled("frame")

    def subscribe(self, symbols: Sequence[str]) -> str:
        return _request("join", symbols)

    def unsubscribe(self, symbols: Sequence[str]) -> str:
        return _request("leave", symbols)


def _request(do: str, symbols: Sequence[str]) -> str:
    (market,) = symbols
    return msgspec.json.encode({"do": do, "market": market}).decode()
