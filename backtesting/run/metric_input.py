"""Conversion of exact ledgers to the columns that metrics are measured on."""

import numpy as np

from backtesting.data.history import History
from backtesting.metrics import (
    EquityCurve,
    Holdings,
    MetricInput,
    ProcessCounts,
    RoundTripColumns,
    daily_curve,
)
from backtesting.metrics.serial import Floats, Int64s, total
from backtesting.run.account_fold import AccountLedger
from backtesting.run.equity import max_drawdown
from bot_manager.trading import OrderReason, Scales, round_trip_rows
from bot_manager.trading.rows import RowArray

_LOCKS = (OrderReason.MAX_DRAWDOWN, OrderReason.DAILY_LOSS)


def metric_input(
    ledger: AccountLedger,
    history: History,
    *,
    benchmark: EquityCurve | None = None,
    gap_candles: int = 0,
    risk_free: float = 0.0,
) -> MetricInput:
    """Convert a ledger to the input of metrics. Only last bits of large amounts are rounded."""
    scales = history.scales
    return MetricInput(
        curve=curve_of(ledger, scales, history.scope.start_us),
        given_max_drawdown=max_drawdown(
            int(ledger.parameters["capital"][0]),
            ledger.orders,
            scales.contract_units,
            history.closes(),
            _unit(scales),
        ),
        round_trips=_round_trip_columns(
            round_trip_rows(ledger.orders, scales.contract_units), scales
        ),
        holdings=_holdings(ledger, scales),
        counts=_counts(ledger, gap_candles),
        benchmark=benchmark,
        risk_free=risk_free,
    )


def curve_of(ledger: AccountLedger, scales: Scales, start_us: int) -> EquityCurve:
    """Return equity at UTC day ends, from the starting balance to the end."""
    times = ledger.marks["time"].copy()
    capital = float(money(ledger.parameters["capital"], scales)[0])
    return daily_curve(
        start_us, capital, int(times[-1]), times, money(ledger.marks["equity"], scales)
    )


def money(units: Int64s, scales: Scales) -> Floats:
    """Convert amounts to floats, the nearest to their decimals below 2^53 units."""
    return units / _unit(scales)


def _unit(scales: Scales) -> float:
    return float(10**scales.money_decimals)


def _round_trip_columns(rows: RowArray, scales: Scales) -> RoundTripColumns:
    amounts = {
        name: money(rows[name], scales)
        for name in ("entry_value", "profit", "fees", "adverse", "favourable", "risk")
    }
    return RoundTripColumns(
        entry_us=rows["entry_time"].copy(), exit_us=rows["exit_time"].copy(), **amounts
    )


def _holdings(ledger: AccountLedger, scales: Scales) -> Holdings:
    state, marks = ledger.state[0], ledger.marks
    filled = ledger.orders.compress(ledger.orders["refusal"] == 0)
    value = money(filled["price"] * filled["size"] * scales.contract_units, scales)
    equity = marks["equity"].astype(np.float64)
    gross = np.abs(marks["value"]) / np.where(equity > 0, equity, np.inf)
    return Holdings(
        gross=gross,
        turnover=total(value),
        fees=float(money(ledger.state["fees"], scales)[0]),
        open_since_us=int(state["entry_time"]) if state["size"] else None,
    )


def _counts(ledger: AccountLedger, gap_candles: int) -> ProcessCounts:
    state = ledger.state[0]
    return ProcessCounts(
        refused_orders=int(state["refused"]),
        left_open=int(state["size"] != 0),
        locks=int(np.isin(ledger.orders["reason"], _LOCKS).sum()),
        gap_candles=gap_candles,
        ambiguous_candles=int(state["ambiguous"]),
    )
