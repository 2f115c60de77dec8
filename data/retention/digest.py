"""The input of a day's digest: one line for each trade, in the order of the tape."""

from decimal import Decimal


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
