"""Formulas of other platforms, to compare their numbers with ours.

Facts about their formulas, written by us; each gives its platform's value on the golden vector.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log1p, sqrt

import numpy as np

from backtesting.metrics.definition import Value
from backtesting.metrics.drawdown import max_drawdown
from backtesting.metrics.growth import total_return
from backtesting.metrics.metric_input import MetricInput
from backtesting.metrics.serial import Floats, mean, ratio, spread, total


@dataclass(frozen=True, slots=True)
class PeerFormula:
    """How `platform` computes our `metric`, and how that differs."""

    metric: str
    platform: str
    deviation: str
    function: Callable[[MetricInput], Value]


def _sharpe_252(run: MetricInput) -> Value:
    return _scaled(ratio(mean(run.returns), spread(run.returns, offset=1.0)), sqrt(252))


def _sortino_252(run: MetricInput) -> Value:
    return _scaled(ratio(mean(run.returns), _downside(run.returns)), sqrt(252))


def _cagr_252(run: MetricInput) -> Value:
    growth = total_return(run)
    if growth is None or growth <= -1 or not len(run.returns):
        return None
    return float((1.0 + growth) ** (252 / len(run.returns)) - 1.0)


def _sharpe_of_wallet(run: MetricInput) -> Value:
    return _scaled(ratio(mean(run.returns), spread(run.returns, offset=1.0, ddof=0)), sqrt(365))


def _sortino_of_wallet(run: MetricInput) -> Value:
    losing = run.returns[run.returns < 0]
    return _scaled(ratio(mean(run.returns), spread(losing, offset=1.0, ddof=0)), sqrt(365))


def _sharpe_of_trades(run: MetricInput) -> Value:
    return _of_trades(run, run.round_trips.profit / run.curve.equity[0])


def _sortino_of_trades(run: MetricInput) -> Value:
    profits = run.round_trips.profit / run.curve.equity[0]
    return _of_trades(run, profits[profits < 0])


def _of_trades(run: MetricInput, spread_of: Floats) -> Value:
    days = _days_of_trades(run)
    if not days:
        return None
    a_day = total(run.round_trips.profit / run.curve.equity[0]) / days
    return _scaled(ratio(a_day, spread(spread_of, ddof=0)), sqrt(365))


def _days_of_trades(run: MetricInput) -> float:
    if not len(run.round_trips):
        return 0.0
    return float(run.round_trips.exit_us.max() - run.round_trips.entry_us.min()) / 86_400_000_000


def _calmar_of_mean(run: MetricInput) -> Value:
    growth, max_fall = total_return(run), max_drawdown(run)
    if growth is None or not len(run.returns):
        return None
    return _scaled(ratio(growth * 100 / len(run.returns), max_fall), sqrt(365))


def _geometric_mean(run: MetricInput) -> Value:
    if not len(run.returns) or run.returns.min() <= -1:
        return None
    logs = np.array([log1p(value) for value in run.returns])
    return exp(total(logs) / len(logs)) - 1.0


def _geometric_year(run: MetricInput) -> Value:
    daily = _geometric_mean(run)
    return None if daily is None else float((1.0 + daily) ** 365 - 1.0)


def _sharpe_geometric(run: MetricInput) -> Value:
    daily, width = _geometric_mean(run), spread(run.returns, offset=1.0)
    if daily is None or width is None:
        return None
    squared = (width * width + (1.0 + daily) ** 2) ** 365 - (1.0 + daily) ** (2 * 365)
    return ratio(_geometric_year(run), sqrt(squared)) if squared > 0 else None


def _sortino_geometric(run: MetricInput) -> Value:
    downside = _downside(run.returns)
    return ratio(_geometric_year(run), None if downside is None else downside * sqrt(365))


def _drawdown_of_initial(run: MetricInput) -> Value:
    equity = run.curve.equity
    max_fall = float((np.maximum.accumulate(equity) - equity).max())
    return ratio(max_fall, float(equity[0]))


def _sharpe_of_cumulative(run: MetricInput) -> Value:
    profit = run.curve.equity - run.curve.equity[0]
    return ratio(mean(profit), spread(profit))


def _downside(returns: Floats) -> Value:
    losses = np.minimum(returns, 0.0)
    return sqrt(total(losses * losses) / len(losses)) if len(losses) else None


def _scaled(value: Value, by: float) -> Value:
    return None if value is None else value * by


PEERS = (
    PeerFormula("cagr", "nautilus_trader", "252 days a year", _cagr_252),
    PeerFormula("sharpe", "nautilus_trader, quantstats", "252 days a year", _sharpe_252),
    PeerFormula("sortino", "nautilus_trader, quantstats", "252 days a year", _sortino_252),
    PeerFormula("sharpe", "freqtrade, wallet", "ddof 0", _sharpe_of_wallet),
    PeerFormula("sortino", "freqtrade, wallet", "std of losing days", _sortino_of_wallet),
    PeerFormula(
        "sharpe", "freqtrade, trades", "profit a day over std of trades", _sharpe_of_trades
    ),
    PeerFormula(
        "sortino", "freqtrade, trades", "profit a day over std of losers", _sortino_of_trades
    ),
    PeerFormula("calmar", "freqtrade", "mean daily percent x sqrt(365)", _calmar_of_mean),
    PeerFormula("sharpe", "backtesting.py", "geometric, compounded", _sharpe_geometric),
    PeerFormula("sortino", "backtesting.py", "geometric", _sortino_geometric),
    PeerFormula("max_drawdown", "hummingbot", "of the starting balance", _drawdown_of_initial),
    PeerFormula("sharpe", "hummingbot", "of cumulative profit, a day", _sharpe_of_cumulative),
)
