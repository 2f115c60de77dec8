"""Input of metrics: plain columns of floats, converted from exact money."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from backtesting.metrics.serial import NOISE, Floats, Int64s

DAY_US = 86_400_000_000
DAYS_A_YEAR = 365


@dataclass(frozen=True, slots=True, eq=False)
class EquityCurve:
    """Marked equity at rising times in us; point 0 is the starting balance."""

    time_us: Int64s
    equity: Floats

    @property
    def days(self) -> float:
        """Return the elapsed time in days."""
        return float(self.time_us[-1] - self.time_us[0]) / DAY_US


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxDrawdown:
    """The maximum drawdown over points of equity, as a fraction of the peak and in money.

    They need not be of the same peak. `recovery_us`: from the trough of the fraction to the next
    point at or above its peak; None while it lasts, and without a drawdown.
    """

    fraction: float = 0.0
    money: float = 0.0
    recovery_us: int | None = None


def max_drawdown_of(curve: EquityCurve) -> MaxDrawdown:
    """Return the maximum drawdown over the points of a curve."""
    equity, peak = curve.equity, np.maximum.accumulate(curve.equity)
    share = drawdowns_of(equity)
    trough = int(share.argmax())
    after = np.flatnonzero(equity[trough:] >= peak[trough])
    recovered = share[trough] > 0 and len(after) > 0
    return MaxDrawdown(
        fraction=float(share[trough]),
        money=float((peak - equity).max()),
        recovery_us=int(curve.time_us[trough + after[0]] - curve.time_us[trough])
        if recovered
        else None,
    )


def drawdowns_of(equity: Floats) -> Floats:
    """Return (peak - E_t) / peak, the peak so far; 0 where it is rounding noise."""
    peak = np.maximum.accumulate(equity)
    share: Floats = (peak - equity) / peak
    return np.where(share <= NOISE, 0.0, share)


def daily_curve(
    start_us: int, start_equity: float, end_us: int, time_us: Int64s, equity: Floats
) -> EquityCurve:
    """Sample marks at UTC day ends, carrying them over quiet days.

    An unfinished day at `end_us` makes the last point, so that the curve ends with the run.
    """
    first_midnight = (start_us // DAY_US + 1) * DAY_US
    ends = np.arange(first_midnight, end_us, DAY_US, dtype=np.int64)
    if end_us > start_us:
        ends = np.append(ends, end_us)
    last = np.searchsorted(time_us, ends, side="right") - 1
    sampled = np.where(last >= 0, equity[last] if len(equity) else start_equity, start_equity)
    return EquityCurve(np.append(start_us, ends), np.append(start_equity, sampled))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RoundTripColumns:
    """Closed round trips in the order of their exits; money in quote currency.

    `profit` is net of `fees`. `adverse` and `favourable`: the greatest loss and profit while it was
    open, at least 0. `risk`: the loss at its first stop, 0 without one.
    """

    entry_us: Int64s
    exit_us: Int64s
    entry_value: Floats
    profit: Floats
    fees: Floats
    adverse: Floats
    favourable: Floats
    risk: Floats

    def __len__(self) -> int:
        return len(self.profit)


def no_round_trips() -> RoundTripColumns:
    """Return empty columns of round trips."""
    times, money = np.zeros(0, np.int64), np.zeros(0)
    return RoundTripColumns(
        entry_us=times,
        exit_us=times,
        entry_value=money,
        profit=money,
        fees=money,
        adverse=money,
        favourable=money,
        risk=money,
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Holdings:
    """Positions and trading: `gross` is the position's value over equity at each mark.

    `turnover` is the value of all fills, `fees` all fees; `open_since_us` is None when flat.
    """

    gross: Floats = field(default_factory=lambda: np.zeros(0))
    turnover: float = 0.0
    fees: float = 0.0
    open_since_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessCounts:
    """Counts of process events."""

    refused_orders: int = 0
    timed_out_orders: int = 0
    cancelled_orders: int = 0
    replaced_orders: int = 0
    left_open: int = 0
    locks: int = 0
    gap_candles: int = 0
    ambiguous_candles: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialStats:
    """Number of trials that led to this strategy, and the variance of their daily Sharpe ratios."""

    count: int
    sharpe_variance: float


@dataclass(frozen=True, kw_only=True)
class MetricInput:
    """What metrics measure of a run; `risk_free` is a yearly rate.

    `benchmark` has the points of `curve`, which is sampled at UTC day ends. `given_max_drawdown` is
    the one over all marks, closes and fills; None where the curve has all marks. `bootstrap`:
    number of resamples of the round trips for a p-value, 0: none.
    """

    curve: EquityCurve
    round_trips: RoundTripColumns = field(default_factory=no_round_trips)
    holdings: Holdings = field(default_factory=Holdings)
    counts: ProcessCounts = field(default_factory=ProcessCounts)
    benchmark: EquityCurve | None = None
    trials: TrialStats | None = None
    given_max_drawdown: MaxDrawdown | None = None
    risk_free: float = 0.0
    bootstrap: int = 0

    @cached_property
    def returns(self) -> Floats:
        """Return E_t / E_(t-1) - 1; empty unless equity was always above 0."""
        return returns_of(self.curve)

    @cached_property
    def excess(self) -> Floats:
        """Return the returns above the daily risk-free rate."""
        return self.returns - self.daily_risk_free

    @cached_property
    def daily_risk_free(self) -> float:
        """Return the daily rate that compounds to the yearly one."""
        return float((1.0 + self.risk_free) ** (1.0 / DAYS_A_YEAR) - 1.0)

    @cached_property
    def wins(self) -> Floats:
        """Return the profits above 0, in order."""
        return self.round_trips.profit[self.round_trips.profit > 0]

    @cached_property
    def losses(self) -> Floats:
        """Return the profits below 0, in order."""
        return self.round_trips.profit[self.round_trips.profit < 0]

    @cached_property
    def drawdowns(self) -> Floats:
        """Return the drawdowns of the day ends, point 0 included."""
        return drawdowns_of(self.curve.equity)

    @cached_property
    def max_drawdown(self) -> MaxDrawdown:
        """Return the maximum drawdown over all marks."""
        return self.given_max_drawdown or max_drawdown_of(self.curve)


def returns_of(curve: EquityCurve) -> Floats:
    """Return the returns from point to point, 0 for rounding noise; empty if equity reached 0."""
    before = curve.equity[:-1]
    if len(before) and before.min() <= 0:
        return np.zeros(0)
    returns = curve.equity[1:] / before - 1.0
    return np.where(np.abs(returns) <= NOISE, 0.0, returns)
