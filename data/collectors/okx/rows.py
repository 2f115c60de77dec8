"""OKX's REST responses: bytes in, values out. Pure."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar

import msgspec

from data.collectors.okx.messages import OkxTrade, to_time
from data.errors import InvalidValue, ProtocolError
from data.market.candle import Candle, CandleSource
from data.market.instrument import Instrument, InstrumentId, InstrumentKind, InstrumentState
from data.market.timeframe import Timeframe

# Bars of six hours and more open at 16:00 UTC unless requested as `utc`.
BARS = {
    timeframe: f"{timeframe.value[:-1]}{suffix}"
    for timeframe, suffix in {
        Timeframe.S1: "s", Timeframe.M1: "m", Timeframe.M3: "m", Timeframe.M5: "m",
        Timeframe.M15: "m", Timeframe.M30: "m", Timeframe.H1: "H", Timeframe.H2: "H",
        Timeframe.H4: "H", Timeframe.H6: "Hutc", Timeframe.H12: "Hutc", Timeframe.D1: "Dutc",
        Timeframe.W1: "Wutc",
    }.items()
}  # fmt: skip

_KINDS = {
    InstrumentKind.SPOT: "SPOT",
    InstrumentKind.SWAP: "SWAP",
    InstrumentKind.FUTURES: "FUTURES",
    InstrumentKind.OPTION: "OPTION",
}
_STATES = {"live": InstrumentState.LIVE, "preopen": InstrumentState.PREOPEN}
_Row = TypeVar("_Row")


class OkxResponse(msgspec.Struct):
    """The envelope of every response; `code` "0" is success. `data` may be missing in errors."""

    code: str | int = ""
    msg: str = ""
    data: msgspec.Raw = msgspec.Raw(b"[]")


class _TimeRow(msgspec.Struct):
    ts: int


class _InstrumentRow(msgspec.Struct):
    instId: str
    instType: str
    state: str = ""
    baseCcy: str = ""
    quoteCcy: str = ""
    instFamily: str = ""
    uly: str = ""
    tickSz: str = ""
    lotSz: str = ""
    minSz: str = ""
    ctVal: str = ""
    ctMult: str = ""
    ctValCcy: str = ""
    ctType: str = ""


_RESPONSE = msgspec.json.Decoder(OkxResponse)
_TIMES = msgspec.json.Decoder(list[_TimeRow], strict=False)
_TRADES = msgspec.json.Decoder(list[OkxTrade], strict=False)
_CANDLES = msgspec.json.Decoder(list[list[str]], strict=False)
_INSTRUMENTS = msgspec.json.Decoder(list[_InstrumentRow])


def read_response(raw: bytes) -> OkxResponse:
    """Read the envelope. Raises ProtocolError."""
    try:
        return _RESPONSE.decode(raw)
    except msgspec.DecodeError as error:
        raise ProtocolError(f"unreadable response: {error}: {raw[:100]!r}") from error


def read_time(data: bytes) -> datetime:
    """Read the exchange's clock. Raises ProtocolError."""
    rows = _read(_TIMES, data, "times")
    if not rows:
        raise ProtocolError("the response contains no time")
    return to_time(rows[0].ts)


def read_trade_rows(data: bytes) -> list[OkxTrade]:
    """Read trades, newest first. Raises ProtocolError."""
    return _read(_TRADES, data, "trades")


def read_candles(data: bytes, instrument: InstrumentId, timeframe: Timeframe) -> list[Candle]:
    """Read the closed candles, newest first. Raises ProtocolError."""
    rows = _read(_CANDLES, data, "candles")
    try:
        return [_candle(row, instrument, timeframe) for row in rows if _confirmed(row)]
    except (InvalidValue, InvalidOperation, ValueError, IndexError) as error:
        raise ProtocolError(f"{instrument}: unreadable {timeframe} candle: {error}") from error


def read_instruments(data: bytes, exchange: str) -> list[Instrument]:
    """Read instruments; those not yet fully described are left out. Raises ProtocolError."""
    rows = _read(_INSTRUMENTS, data, "instruments")
    return [_instrument(row, exchange) for row in rows if row.tickSz and row.lotSz and row.minSz]


def kind_of(symbol: str) -> InstrumentKind:
    """Return the kind of instrument that a symbol names, by its form."""
    parts = symbol.split("-")
    if len(parts) < 3:
        return InstrumentKind.SPOT
    if parts[2] == "SWAP":
        return InstrumentKind.SWAP
    return InstrumentKind.OPTION if len(parts) == 5 else InstrumentKind.FUTURES


def listings_of(symbols: Iterable[str]) -> list[dict[str, str]]:
    """Return the queries whose responses list `symbols`: one per kind, options one per family."""
    queries = {}
    for symbol in symbols:
        kind = kind_of(symbol)
        query = {"instType": _KINDS[kind]}
        if kind is InstrumentKind.OPTION:
            query["instFamily"] = "-".join(symbol.split("-")[:2])
        queries[tuple(query.items())] = query
    return list(queries.values())


def _read(decoder: msgspec.json.Decoder[list[_Row]], data: bytes, what: str) -> list[_Row]:
    try:
        return decoder.decode(data)
    except msgspec.DecodeError as error:
        raise ProtocolError(f"unreadable {what}: {error}") from error


def _confirmed(row: list[str]) -> bool:
    return len(row) < 9 or row[8] == "1"


def _candle(row: list[str], instrument: InstrumentId, timeframe: Timeframe) -> Candle:
    open_, high, low, close, volume = map(Decimal, row[1:6])
    return Candle(
        instrument=instrument,
        timeframe=timeframe,
        open_time=to_time(int(row[0])),
        open=open_,
        high=high,
        low=low,
        close=close,
        volume=volume,
        trade_count=None,
        first_trade_id=None,
        last_trade_id=None,
        complete=True,
        source=CandleSource.EXCHANGE,
    )


def _instrument(row: _InstrumentRow, exchange: str) -> Instrument:
    base, _, quote = (row.instFamily or row.uly).partition("-")
    try:
        return Instrument(
            id=InstrumentId(exchange, row.instId),
            kind=InstrumentKind(row.instType.lower()),
            state=_STATES.get(row.state, InstrumentState.SUSPENDED),
            base=row.baseCcy or base,
            quote=row.quoteCcy or quote,
            price_step=Decimal(row.tickSz),
            size_step=Decimal(row.lotSz),
            min_size=Decimal(row.minSz),
            contract_value=Decimal(row.ctVal) * Decimal(row.ctMult or "1") if row.ctVal else None,
            contract_currency=row.ctValCcy or None,
            inverse=row.ctType == "inverse",
        )
    except (InvalidValue, InvalidOperation, ValueError) as error:
        raise ProtocolError(f"{exchange}: instrument {row.instId}: {error}") from error
