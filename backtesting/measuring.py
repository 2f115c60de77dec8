"""From exact books to the columns that metrics are measured on."""

import numpy as np

from backtesting.accounting import Books
from backtesting.equity import maximum_drawdown
from backtesting.history import History
from backtesting.metrics import EquityCurve, Holdings, ProcessCounts, Run, Trips, daily_curve
from backtesting.metrics.serial import Floats, Int64s, total
from bot_manager.trading import Reason, Scales, trip_rows
from bot_manager.trading.rows import RowArray

_LOCKS = (Reason.MAX_DRAWDOWN, Reason.DAILY_LOSS)


def run_of(
    books: Books,
    history: History,
    *,
    benchmark: EquityCurve | None = None,
    gap_candles: int = 0,
    risk_free: float = 0.0,
) -> Run:
    """Return what metrics are measured on. Only the last bits of great amounts are rounded off."""
    scales = history.scales
    return Run(
        curve=curve_of(books, scales, history.scene.start_us),
        deepest=maximum_drawdown(
            int(books.parameters["capital"][0]),
            books.orders,
            scales.contract_units,
            history.closes(),
            _unit(scales),
        ),
        trips=_trips(trip_rows(books.orders, scales.contract_units), scales),
        holdings=_holdings(books, scales),
        counts=_counts(books, gap_candles),
        benchmark=benchmark,
        risk_free=risk_free,
    )


def curve_of(books: Books, scales: Scales, start_us: int) -> EquityCurve:
    """Return equity at UTC day ends, from the starting balance to the end."""
    times = books.marks["time"].copy()
    capital = float(money(books.parameters["capital"], scales)[0])
    return daily_curve(
        start_us, capital, int(times[-1]), times, money(books.marks["equity"], scales)
    )


def money(units: Int64s, scales: Scales) -> Floats:
    """Return amounts as floats, the nearest to their decimals below 2^53 units."""
    return units / _unit(scales)


def _unit(scales: Scales) -> float:
    return float(10**scales.money_decimals)


def _trips(rows: RowArray, scales: Scales) -> Trips:
    amounts = {
        name: money(rows[name], scales)
        for name in ("entry_value", "profit", "fees", "adverse", "favourable", "risk")
    }
    return Trips(entry_us=rows["entry_time"].copy(), exit_us=rows["exit_time"].copy(), **amounts)


def _holdings(books: Books, scales: Scales) -> Holdings:
    state, marks = books.state[0], books.marks
    filled = books.orders[books.orders["refusal"] == 0]
    value = money(filled["price"] * filled["size"] * scales.contract_units, scales)
    equity = marks["equity"].astype(np.float64)
    gross = np.abs(marks["value"]) / np.where(equity > 0, equity, np.inf)
    return Holdings(
        gross=gross,
        turnover=total(value),
        fees=float(money(books.state["fees"], scales)[0]),
        open_since_us=int(state["entry_time"]) if state["size"] else None,
    )


def _counts(books: Books, gap_candles: int) -> ProcessCounts:
    state = books.state[0]
    return ProcessCounts(
        refused_orders=int(state["refused"]),
        left_open=int(state["size"] != 0),
        locks=int(np.isin(books.orders["reason"], _LOCKS).sum()),
        gap_candles=gap_candles,
        ambiguous_candles=int(state["ambiguous"]),
    )
