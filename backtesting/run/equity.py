"""Equity at the close of any candle, and its maximum drawdown, from fills and closes alone.

The kernel marks by day. Between two orders cash and position do not change, so equity at a close is
cash plus position times the close: integers again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from backtesting.metrics import MaxDrawdown
from backtesting.metrics.serial import Floats, Int64s
from bot_manager.trading.rows import RowArray
from utils.compiled import compiled, compiled_part


@dataclass(frozen=True, slots=True, eq=False)
class EquitySeries:
    """Equity and the position's signed value at rising times, in an account's units."""

    time_us: Int64s
    equity: Int64s
    value: Int64s

    def __len__(self) -> int:
        return len(self.time_us)


def equity_at_closes(
    capital: int, orders: RowArray, contract: int, close_us: Int64s, close: Int64s
) -> EquitySeries:
    """Compute equity at rising closes in us; fills before a close count, those at it do not."""
    # Index of the first close that counts each order.
    since = np.searchsorted(close_us, orders["time"], side="right")
    bounds = np.concatenate(([0], since, [len(close_us)]))
    cash = np.append(capital, orders["cash"])
    exposure = np.append(0, orders["position"] * contract)
    equity, value = _marked(close, bounds, cash, exposure)
    return EquitySeries(close_us, equity, value)


@compiled
def _marked(close: Int64s, bounds: Int64s, cash: Int64s, exposure: Int64s) -> tuple[Int64s, Int64s]:
    equity, value = np.empty_like(close), np.empty_like(close)
    for part in range(len(cash)):
        for row in range(bounds[part], bounds[part + 1]):
            value[row] = exposure[part] * close[row]
            equity[row] = cash[part] + value[row]
    return equity, value


Closes = tuple[Int64s, Int64s]
"""Times in us, rising, and closes in an account's units of price."""

_PEAK, _FRACTION, _MONEY, _PEAK_BEFORE, _TROUGH_US, _RECOVERED_US = range(6)
_ORDER, _CASH, _EXPOSURE = range(3)


def max_drawdown(
    capital: int, orders: RowArray, contract: int, closes: Iterable[Closes], unit: float
) -> MaxDrawdown:
    """Return the maximum drawdown over every close and every fill; money is divided by `unit`.

    A fill before a close counts before it, one at it after it, as in `equity_at_closes`.
    """
    fills = orders.compress(orders["refusal"] == 0)
    exposure = fills["position"] * contract
    columns = (fills["time"].copy(), fills["cash"].copy(), exposure, fills["equity"].copy())
    packed = np.array([capital, 0.0, 0.0, capital, 0.0, -1.0])
    place = np.array([0, capital, 0], np.int64)
    for close_us, close in closes:
        _follow(packed, place, *columns, close_us, close)
    _follow_fills(packed, place, fills["time"], fills["equity"])
    recovered = packed[_RECOVERED_US] - packed[_TROUGH_US]
    return MaxDrawdown(
        fraction=float(packed[_FRACTION]),
        money=float(packed[_MONEY]) / unit,
        recovery_us=int(recovered) if packed[_RECOVERED_US] >= 0 else None,
    )


@compiled
def _follow(
    packed: Floats,
    place: Int64s,
    time_us: Int64s,
    cash: Int64s,
    exposure: Int64s,
    equity: Int64s,
    close_us: Int64s,
    close: Int64s,
) -> None:
    order, cash_now, exposure_now = place
    drawdown = _unpacked(packed)
    moved = True
    for row in range(len(close)):
        while order < len(time_us) and time_us[order] < close_us[row]:
            drawdown = _updated(drawdown, time_us[order], float(equity[order]))
            cash_now, exposure_now = cash[order], exposure[order]
            order, moved = order + 1, True
        # Without a position equity changes only at a fill.
        if exposure_now or moved:
            equity_now = float(cash_now + exposure_now * close[row])
            drawdown = _updated(drawdown, close_us[row], equity_now)
            moved = False
    _pack(drawdown, packed)
    place[_ORDER], place[_CASH], place[_EXPOSURE] = order, cash_now, exposure_now


@compiled
def _follow_fills(
    packed: Floats,
    place: Int64s,
    time_us: Int64s,
    equity: Int64s,
) -> None:
    drawdown = _unpacked(packed)
    for order in range(place[_ORDER], len(time_us)):
        drawdown = _updated(drawdown, time_us[order], float(equity[order]))
    _pack(drawdown, packed)


# In the loops the state is a tuple, so that it stays in registers: an array is stored at each row.
_Drawdown = tuple[float, float, float, float, float, float]


@compiled_part
def _unpacked(packed: Floats) -> _Drawdown:
    return (
        packed[_PEAK],
        packed[_FRACTION],
        packed[_MONEY],
        packed[_PEAK_BEFORE],
        packed[_TROUGH_US],
        packed[_RECOVERED_US],
    )


@compiled_part
def _pack(drawdown: _Drawdown, packed: Floats) -> None:
    for field in range(len(drawdown)):
        packed[field] = drawdown[field]


@compiled_part
def _updated(drawdown: _Drawdown, time_us: int, equity: float) -> _Drawdown:
    peak, max_fraction, money, peak_before, trough_us, recovered_us = drawdown
    if recovered_us < 0 and max_fraction > 0 and equity >= peak_before:
        recovered_us = float(time_us)
    if equity >= peak:
        return equity, max_fraction, money, peak_before, trough_us, recovered_us
    fall = peak - equity
    money = max(money, fall)
    if fall > max_fraction * peak:
        fraction = fall / peak
        if fraction > max_fraction:
            return peak, fraction, money, peak, float(time_us), -1.0
    return peak, max_fraction, money, peak_before, trough_us, recovered_us


def thin_rows(rows: int, most: int) -> Int64s:
    """Return at most `most` row numbers, evenly spaced, including the first and the last."""
    if rows <= most:
        return np.arange(rows)
    return np.linspace(0, rows - 1, most).astype(np.int64)
