"""Ordinary values for tests: a test names what matters to it, the rest is filled in."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from data import (
    Candle,
    CandleSource,
    Hole,
    HoleState,
    IdRange,
    Instrument,
    InstrumentId,
    InstrumentKind,
    InstrumentState,
    Side,
    Timeframe,
    Trade,
)

BTC = InstrumentId("okx", "BTC-USDT")
ETH = InstrumentId("okx", "ETH-USDT")
START = datetime(2025, 1, 6, tzinfo=UTC)
"""A Monday at midnight: every timeframe has a candle that opens here."""


def at(seconds: float) -> datetime:
    """Return the time `seconds` after START."""
    return START + timedelta(seconds=seconds)


def a_trade(
    trade_id: int = 1,
    *,
    price: str | Decimal = "100",
    size: str | Decimal = "1",
    at_s: float = 0.0,
    side: Side = Side.BUY,
    match_count: int = 1,
    instrument: InstrumentId = BTC,
) -> Trade:
    """Return a trade, `at_s` seconds after START."""
    return Trade(
        instrument=instrument,
        trade_id=trade_id,
        price=Decimal(price),
        size=Decimal(size),
        side=side,
        time=at(at_s),
        exchange_time=at(at_s),
        match_count=match_count,
    )


def trades_at(*seconds: float, first_id: int = 1) -> list[Trade]:
    """Return trades with ids in a row at these seconds after START."""
    return [a_trade(first_id + index, at_s=second) for index, second in enumerate(seconds)]


def ids_of(trades: Iterable[Trade]) -> list[int]:
    """Return the ids of trades."""
    return [trade.trade_id for trade in trades]


def a_candle(
    open_s: float = 0.0,
    timeframe: Timeframe = Timeframe.M1,
    *,
    ohlc: tuple[str, str, str, str] = ("100", "110", "90", "105"),
    volume: str = "3",
    ids: tuple[int, int] = (1, 3),
    complete: bool = True,
    instrument: InstrumentId = BTC,
) -> Candle:
    """Return a candle made from the trades `ids`, both included, opening after START."""
    open_, high, low, close = map(Decimal, ohlc)
    return Candle(
        instrument=instrument,
        timeframe=timeframe,
        open_time=at(open_s),
        open=open_,
        high=high,
        low=low,
        close=close,
        volume=Decimal(volume),
        trade_count=ids[1] - ids[0] + 1,
        first_trade_id=ids[0],
        last_trade_id=ids[1],
        complete=complete,
        source=CandleSource.TRADES,
    )


def an_exchange_candle(
    open_s: float = 0.0,
    timeframe: Timeframe = Timeframe.M1,
    *,
    ohlc: tuple[str, str, str, str] = ("100", "110", "90", "105"),
    volume: str = "3",
    trade_count: int | None = None,
    instrument: InstrumentId = BTC,
) -> Candle:
    """Return a candle as an exchange sends it: without trade ids."""
    open_, high, low, close = map(Decimal, ohlc)
    return Candle(
        instrument=instrument,
        timeframe=timeframe,
        open_time=at(open_s),
        open=open_,
        high=high,
        low=low,
        close=close,
        volume=Decimal(volume),
        trade_count=trade_count,
        first_trade_id=None,
        last_trade_id=None,
        complete=True,
        source=CandleSource.EXCHANGE,
    )


def a_hole(
    first: int = 2, last: int = 3, *, state: HoleState = HoleState.DEFERRED, from_s: float = 0.0
) -> Hole:
    """Return a hole of one second between two trades."""
    return Hole(
        instrument=BTC,
        ids=IdRange(first, last),
        state=state,
        after_time=at(from_s),
        before_time=at(from_s + 1),
        detected_at=at(from_s + 2),
    )


def an_instrument(name: InstrumentId = BTC) -> Instrument:
    """Return a live spot instrument."""
    return Instrument(
        id=name,
        kind=InstrumentKind.SPOT,
        state=InstrumentState.LIVE,
        base="BTC",
        quote="USDT",
        price_step=Decimal("0.1"),
        size_step=Decimal("0.00000001"),
        min_size=Decimal("0.00001"),
    )
