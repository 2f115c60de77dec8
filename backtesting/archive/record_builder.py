"""Builder of stored backtests from results."""

from datetime import datetime

import numpy as np

from backtesting.archive.stored_warnings import stored_warnings
from backtesting.record import BacktestRecord, BacktestSummary, EquitySample
from backtesting.run.equity import thin_rows
from backtesting.run.result import BacktestResult
from bot_manager.trading import from_us
from bot_manager.trading.units import DAY_US, Int64s

KEPT_POINTS = 2_000
"""Number of evenly spaced points kept of a longer equity curve, besides each day's last."""


def record_of(result: BacktestResult, created_at: datetime) -> BacktestRecord:
    """Build the record of a result."""
    config = result.config
    summary = BacktestSummary(
        created_at=created_at,
        instrument=config.instrument,
        timeframe=config.timeframe,
        strategy=config.strategy,
        start=result.history.scope.span.start,
        end=result.history.scope.span.end,
        config=config.model_dump(mode="json"),
        digests=result.digests,
        quality=result.quality,
        reconciled=list(result.reconciled),
        metrics=dict(result.metrics),
        drilled_candles=result.outcome.ledger.drilled,
        warnings=stored_warnings(result),
    )
    return BacktestRecord(
        summary=summary, round_trips=list(result.round_trips()), equity=_samples(result)
    )


def _samples(result: BacktestResult) -> list[EquitySample]:
    own = result.equities()
    benchmark = result.outcome.benchmark
    held = None if benchmark.curve is None else result.equities(benchmark.ledger)
    money = result.scales.money
    return [
        EquitySample(
            time=from_us(own.time_us[row]),
            equity=money(int(own.equity[row])),
            position_value=money(int(own.value[row])),
            benchmark=None if held is None else money(int(held.equity[row])),
        )
        for row in kept_rows(own.time_us)
    ]


def kept_rows(time_us: Int64s) -> Int64s:
    """Return the row numbers of the points to keep."""
    day = (time_us - 1) // DAY_US  # midnight ends a day
    ends = np.flatnonzero(np.append(day[1:] != day[:-1], True))
    return np.union1d(thin_rows(len(time_us), KEPT_POINTS), ends)
