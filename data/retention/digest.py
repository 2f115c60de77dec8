"""The input of a day's digest: one line for each trade, in the order of the tape."""

from datetime import timedelta
from decimal import Decimal

from data.market.timeframe import EPOCH
from data.market.trade import Side, Trade

_MICROSECOND = timedelta(microseconds=1)
_SIDES = {Side.BUY: 1, Side.SELL: -1}


def line_of(
    trade_id: int,
    time_us: int,
    exchange_time_us: int,
    match_count: int,
    side: int,
    source: int,
    price: Decimal,
    size: Decimal,
) -> bytes:
    """Return a trade's line. Times are microseconds since 1970; a buyer's side is 1, else -1."""
    exact = f"{price.normalize():f} {size.normalize():f}"
    line = f"{trade_id} {time_us} {exchange_time_us} {match_count} {side} {source} {exact}\n"
    return line.encode()


def line_of_trade(trade: Trade) -> bytes:
    """Return the line of a trade."""
    return line_of(
        trade.trade_id,
        (trade.time - EPOCH) // _MICROSECOND,
        (trade.exchange_time - EPOCH) // _MICROSECOND,
        trade.match_count,
        _SIDES[trade.side],
        trade.exchange_source,
        trade.price,
        trade.size,
    )
