"""Benchmark of one backtest over a million candles, against a bare loop and vectorbt, by step."""

import resource
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from backtesting.config import read_config
from backtesting.data.decisions import join_decisions
from backtesting.data.history import BacktestScope, History, InMemoryHistory
from backtesting.data.loader import LoadedHistory
from backtesting.data.quality import DataQuality
from backtesting.metrics import measure
from backtesting.monitor import UNMONITORED
from backtesting.run.account_fold import AccountLedger, open_account
from backtesting.run.benchmark import buy_and_hold
from backtesting.run.decider import decide
from backtesting.run.equity import EquitySeries, equity_at_closes
from backtesting.run.metric_input import metric_input
from backtesting.run.prepared import PreparedBacktest
from bot_manager.trading import CandleColumns, Scales
from bot_manager.trading.units import Int64s
from data import (
    CandleFrame,
    Instrument,
    InstrumentId,
    InstrumentKind,
    InstrumentState,
    Timeframe,
    TimeSpan,
    from_datetime64,
)
from scripts.benchmarks.cpu_time import fastest_ns, keep_freed_memory, vectorbt_time
from scripts.benchmarks.report import BenchRow, alone, compared, print_rows
from strategies.library import EmaCrossover
from strategies.strategy_handle import LocalStrategy, LocalType
from utils.compiled import compiled

FEE = 0.001
STEP = Decimal("0.0001")
_VECTORBT = """
import sys, time
import numpy as np, pandas as pd, vectorbt as vbt
close = pd.Series(np.load(sys.argv[1]))
def run():
    fast = close.ewm(span=12, adjust=False).mean()
    slow = close.ewm(span=26, adjust=False).mean()
    up = fast > slow
    return vbt.Portfolio.from_signals(close, up, ~up, fees=0.001, freq="1min").stats()
run()
best = None
for _ in range(3):
    start = time.process_time_ns()
    run()
    spent = time.process_time_ns() - start
    best = spent if best is None else min(best, spent)
print(best)
"""


@compiled
def bare_loop(close: "np.ndarray[Any, Any]", equity: "np.ndarray[Any, Any]") -> tuple[float, float]:
    """Cross two averages, all in and out, with fees, in floats; return drawdown and Sharpe."""
    fast = slow = close[0]
    cash, size, peak, depth, total, squares = 10_000.0, 0.0, 10_000.0, 0.0, 0.0, 0.0
    before = cash
    for i in range(len(close)):
        price = close[i]
        fast += (price - fast) * (2.0 / 13.0)
        slow += (price - slow) * (2.0 / 27.0)
        if fast > slow and size == 0.0:
            size = cash / (price * (1.0 + FEE))
            cash = 0.0
        elif fast < slow and size > 0.0:
            cash = size * price * (1.0 - FEE)
            size = 0.0
        worth = cash + size * price
        equity[i] = worth
        change = worth / before - 1.0
        total += change
        squares += change * change
        before = worth
        peak = max(peak, worth)
        depth = max(depth, 1.0 - worth / peak)
    mean = total / len(close)
    return depth, mean / np.sqrt(squares / len(close) - mean * mean)


def random_walk(bars: int) -> CandleFrame:
    """Return a random walk of one-minute bars in whole steps, each opening at the close before."""
    rng = np.random.default_rng(42)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 5e-4, bars)))
    open_ = np.concatenate([[100.0], close[:-1]])
    reach = 1.0 + np.abs(rng.normal(0.0, 2e-4, bars))
    prices = {
        "open": open_,
        "high": np.maximum(open_, close) * reach,
        "low": np.minimum(open_, close) / reach,
        "close": close,
    }
    return CandleFrame(
        instrument=InstrumentId("bench", "RANDOM-WALK"),
        timeframe=Timeframe.M1,
        open_time=np.datetime64("2025-01-06", "us") + np.arange(bars) * np.timedelta64(60, "s"),
        **{name: np.round(column, 4) for name, column in prices.items()},
        volume=rng.exponential(3.0, bars),
        trade_count=np.ones(bars, np.int64),
        complete=np.ones(bars, np.bool_),
        flat=np.zeros(bars, np.bool_),
    )


def bench_history(bars: int) -> InMemoryHistory:
    """Return the walk as a history in memory."""
    frame = random_walk(bars)
    instrument = Instrument(
        id=frame.instrument, kind=InstrumentKind.SPOT, state=InstrumentState.LIVE, base="RANDOM",
        quote="WALK", price_step=STEP, size_step=STEP, min_size=STEP,
    )  # fmt: skip
    first, last = from_datetime64(frame.open_time[0]), from_datetime64(frame.open_time[-1])
    span = TimeSpan(first, last + timedelta(minutes=1))
    scope = BacktestScope(instrument=instrument, timeframe=frame.timeframe, span=span)
    scales = Scales.of(instrument)
    return InMemoryHistory(scope, scales, frame, CandleColumns.of(frame, scales), {})


def prepared_on(history: InMemoryHistory, bars: int) -> PreparedBacktest:
    """Return EMA 12/26 with fees, ready to be run."""
    scope, strategy = history.scope, LocalStrategy(EmaCrossover())
    config = read_config(
        {
            "instrument": str(scope.instrument.id), "timeframe": "1m", "start": scope.span.start,
            "end": scope.span.end, "strategy": "EmaCrossover", "costs": {"taker_fee": str(FEE)},
        }
    )  # fmt: skip
    quality = DataQuality(
        candles=bars, prints=bars, missing=0.0, missing_candles=0, incomplete_candles=0,
        gap_count=0, gaps=[], first_print=scope.span.start, last_print=scope.span.end,
    )  # fmt: skip
    return PreparedBacktest(
        config=config,
        strategy_type=LocalType(EmaCrossover),
        loaded=LoadedHistory(history=history, digest="", quality=quality),
        benchmark=buy_and_hold(config.account(strategy), history),
    )


def whole_run(prepared: PreparedBacktest, frame: CandleFrame, close: Int64s) -> object:
    """Run all that a user sees: decisions, fills, every metric, equity at every candle."""
    outcome = prepared.run(prepared.strategy({}))
    return outcome.metrics(), _equity(outcome.ledger, frame, close)


def _equity(ledger: AccountLedger, frame: CandleFrame, close: Int64s) -> EquitySeries:
    capital = int(ledger.parameters["capital"][0])
    close_us = frame.open_time.view(np.int64) + 60_000_000
    return equity_at_closes(capital, ledger.orders, 1, close_us, close)


def _closes_of(history: History) -> Int64s:
    (columns,) = history.prints(history.scope.start_us, history.scope.end_us)
    assert isinstance(columns, CandleColumns)
    return columns.close


def parts_of(prepared: PreparedBacktest) -> dict[str, Callable[[], object]]:
    """Return the steps of a run, each ready to be timed."""
    history, strategy = prepared.history, prepared.strategy({})
    scope = history.scope
    decided = join_decisions(list(decide(strategy, history, UNMONITORED)))

    def fold() -> AccountLedger:
        accounting = open_account(
            prepared.config.account(strategy), scope.instrument, history.scales,
            scope.timeframe, scope.start_us,
        )  # fmt: skip
        accounting.add_targets(decided.targets)
        for prints in history.prints(scope.start_us, scope.end_us):
            accounting.fold(prints)
        return accounting.close(scope.end_us)

    ledger, curve = fold(), prepared.benchmark.curve
    frame, close = next(history.candles()), _closes_of(history)
    return {
        "decisions": lambda: list(decide(strategy, history, UNMONITORED)),
        "the account": fold,
        "all metrics": lambda: measure(metric_input(ledger, history, benchmark=curve)),
        "equity at every close": lambda: _equity(ledger, frame, close),
    }


def measured(bars: int, rounds: int, vectorbt: Path | None) -> list[BenchRow]:
    """Time ours, the bare loop and the steps in turns, then vectorbt if there is one."""
    history = bench_history(bars)
    prepared = prepared_on(history, bars)
    frame = next(history.candles())
    close, equity = _closes_of(history), np.empty(bars)
    whole_run(prepared, frame, close)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    works = {
        "ours": lambda: whole_run(prepared, frame, close),
        "bare": lambda: bare_loop(frame.close, equity),
        **parts_of(prepared),
    }
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, work in works.items():
            best[name] = min(best.get(name, np.inf), fastest_ns(work, 2) / bars)
    size = f"{bars:,} bars"
    return [
        compared(f"one run, {size}, everything", "bare float loop", best["ours"], best["bare"],
            "ns/bar", 4.0),
        *_against_vectorbt(best["ours"], frame, vectorbt),
        *(alone(f"of which {name}", best[name], "ns/bar") for name in parts_of(prepared)),
        BenchRow("peak memory of the process after a run", None, round(peak_mb), None, "MB", None,
            "< 350", peak_mb < 350),
    ]  # fmt: skip


def _against_vectorbt(ours: float, frame: CandleFrame, python: Path | None) -> list[BenchRow]:
    bars = len(frame)
    spent_ns = vectorbt_time(python, _VECTORBT, frame.close)
    if spent_ns is None:
        return []
    peer = spent_ns / bars
    return [compared(f"one run, {bars:,} bars", "vectorbt .stats()", ours, peer, "ns/bar", 0.1)]


def main(
    bars: Annotated[int, typer.Option(help="Length of the random walk.")] = 1_000_000,
    rounds: Annotated[int, typer.Option(help="How often each contender has its turn.")] = 5,
    vectorbt: Annotated[
        Path | None, typer.Option(help="A Python of another environment, with vectorbt.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print rows for machines.")] = False,
) -> None:
    """Print nanoseconds a bar of one whole backtest, and of its steps."""
    keep_freed_memory()
    print_rows(measured(bars, rounds, vectorbt), as_json=as_json)


if __name__ == "__main__":
    typer.run(main)
