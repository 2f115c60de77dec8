"""Convert and read trades as rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from data import InstrumentId, Side, Trade
from database.models import SIDE_CODES, TradeRow

_SIDES: dict[int, Side] = {code: side for side, code in SIDE_CODES.items()}

TRADE = (
    TradeRow.trade_id,
    TradeRow.price,
    TradeRow.size,
    TradeRow.side,
    TradeRow.time,
    TradeRow.exchange_time,
    TradeRow.match_count,
    TradeRow.exchange_source,
)
"""The columns of `trade_of`."""


def trade_of(instrument: InstrumentId, row: Sequence[Any]) -> Trade:
    """Return the trade of a row of TRADE."""
    trade_id, price, size, side, time, exchange_time, match_count, exchange_source = row
    return Trade(
        instrument=instrument,
        trade_id=trade_id,
        price=price,
        size=size,
        side=_SIDES[side],
        time=time,
        exchange_time=exchange_time,
        match_count=match_count,
        exchange_source=exchange_source,
    )


def late_from_id(
    connection: Connection, instrument: InstrumentId, key: int, trade_id: int
) -> list[Trade]:
    """Return the late rows with ids from `trade_id` on."""
    return _late(connection, instrument, key, TradeRow.trade_id >= trade_id)


def late_between(
    connection: Connection, instrument: InstrumentId, key: int, start: datetime, end: datetime
) -> list[Trade]:
    """Return the late rows with start <= tape time < end."""
    return _late(connection, instrument, key, TradeRow.time >= start, TradeRow.time < end)


def _late(
    connection: Connection, instrument: InstrumentId, key: int, *conditions: ColumnElement[bool]
) -> list[Trade]:
    statement = (
        select(*TRADE)
        .where(TradeRow.instrument_id == key, TradeRow.on_tape.is_(False), *conditions)
        .order_by(TradeRow.time, TradeRow.trade_id)
    )
    return [trade_of(instrument, row) for row in connection.execute(statement)]
