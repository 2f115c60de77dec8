"""The last 24 hours of an instrument, in one object."""

from data.simulator.market.bars import BARS, DAY_MS, MINUTE_MS
from data.simulator.market.candles import ExactCandle
from data.simulator.market.match_history import MatchHistory
from data.simulator.protocol.messages import candle_row

_SMALL_LOTS = 1_000


def ticker(history: MatchHistory, now_ms: int) -> dict[str, str] | None:
    """Return the ticker as of now; None before the first trade. The 24 hours are whole minutes."""
    last = history.latest(1, now_ms)
    if last.size == 0:
        return None
    listing, price, buy = history.listing, int(last.ticks[0]), bool(last.buy[0])
    day = _day(history, now_ms, price)
    row = candle_row(listing, day)
    return {
        "instType": listing.kind.value,
        "instId": listing.inst_id,
        "last": listing.price_text(price),
        "lastSz": listing.size_text(int(last.lots[0])),
        "askPx": listing.price_text(price if buy else price + 1),
        "askSz": listing.size_text(_SMALL_LOTS + price % _SMALL_LOTS),
        "bidPx": listing.price_text(max(1, price - 1) if buy else price),
        "bidSz": listing.size_text(_SMALL_LOTS + price % 7 * _SMALL_LOTS),
        "open24h": row[1],
        "high24h": row[2],
        "low24h": row[3],
        "volCcy24h": row[6],
        "vol24h": row[5],
        "sodUtc0": _start_of_day(history, "1Dutc", now_ms, price),
        "sodUtc8": _start_of_day(history, "1D", now_ms, price),
        "ts": str(int(last.time_ms[0])),
    }


def _day(history: MatchHistory, now_ms: int, price: int) -> ExactCandle:
    stop_ms = now_ms - now_ms % MINUTE_MS + MINUTE_MS
    rows = history.bars(BARS["1m"], stop_ms - DAY_MS, stop_ms, now_ms)
    if rows.size == 0:
        return ExactCandle(
            open_ms=stop_ms - DAY_MS,
            open=price,
            high=price,
            low=price,
            close=price,
            confirmed=False,
        )
    turnover = (int(rows.turnover_high.sum()) << 32) + int(rows.turnover_low.sum())
    return ExactCandle(
        open_ms=stop_ms - DAY_MS,
        open=int(rows.open[0]),
        high=int(rows.high.max()),
        low=int(rows.low.min()),
        close=price,
        lots=int(rows.lots.sum()),
        turnover=turnover,
        confirmed=False,
    )


def _start_of_day(history: MatchHistory, bar: str, now_ms: int, price: int) -> str:
    start_ms = BARS[bar].floor_ms(now_ms)
    rows = history.bars(BARS["1m"], start_ms, start_ms + DAY_MS, now_ms)
    return history.listing.price_text(int(rows.open[0]) if rows.size else price)
