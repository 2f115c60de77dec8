"""Candles as the exchange returns them: exact, and flat where nothing was traded."""

from collections.abc import Iterator
from dataclasses import dataclass

from data.simulator.market.bars import Bar
from data.simulator.market.fold import BarColumns
from data.simulator.market.match_history import MatchHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactCandle:
    """One candle in whole steps: prices in ticks, volume in lots, turnover in ticks x lots.

    Without matches it is flat at the previous close, with volume 0 and no ids.
    """

    open_ms: int
    open: int
    high: int
    low: int
    close: int
    lots: int = 0
    turnover: int = 0
    matches: int = 0
    first_id: int | None = None
    last_id: int | None = None
    confirmed: bool


def candles(
    history: MatchHistory, bar: Bar, start_ms: int, stop_ms: int, now_ms: int
) -> list[ExactCandle]:
    """Return, oldest first, every candle that opens in [start_ms, stop_ms), as of now.

    Both times must be open times. Before the very first match there are no candles.
    """
    stop_ms = min(stop_ms, bar.step_ms(bar.floor_ms(now_ms), 1))
    bars = history.bars(bar, start_ms, stop_ms, now_ms)
    close = history.close_before(start_ms)
    rows = _by_open(bars, bar, now_ms)
    found: list[ExactCandle] = []
    open_ms = start_ms
    while open_ms < stop_ms:
        after_ms = bar.step_ms(open_ms, 1)
        if open_ms in rows:
            found.append(rows[open_ms])
            close = rows[open_ms].close
        elif close is not None:
            found.append(_flat(open_ms, close, confirmed=after_ms <= now_ms))
        open_ms = after_ms
    return found


def _flat(open_ms: int, close: int, *, confirmed: bool) -> ExactCandle:
    return ExactCandle(
        open_ms=open_ms, open=close, high=close, low=close, close=close, confirmed=confirmed
    )


def _by_open(bars: BarColumns, bar: Bar, now_ms: int) -> dict[int, ExactCandle]:
    return {
        candle.open_ms: candle
        for candle in (
            ExactCandle(
                open_ms=row[0],
                open=row[1],
                high=row[2],
                low=row[3],
                close=row[4],
                lots=row[5],
                turnover=(row[6] << 32) + row[7],
                matches=row[8],
                first_id=row[9],
                last_id=row[10],
                confirmed=bar.step_ms(row[0], 1) <= now_ms,
            )
            for row in _rows(bars)
        )
    }


def _rows(bars: BarColumns) -> Iterator[tuple[int, ...]]:
    return zip(*(column.tolist() for column in bars), strict=True)
