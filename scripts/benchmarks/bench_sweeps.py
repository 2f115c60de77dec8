"""Benchmark of sweeps of 1,000 and 10,000 parameter sets, against a bare loop and vectorbt."""

import resource
import time
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from backtesting.run.prepared import PreparedBacktest
from backtesting.search import GridSearch, ScoredPoint, parse_space
from backtesting.search.tpe import TpeSearch
from backtesting.sweeps.evaluation import Evaluator
from backtesting.sweeps.processes import worker_processes
from backtesting.sweeps.shared_decider import SharedDecider
from backtesting.sweeps.worker_pool import SerialWorkerFactory, WorkerFactory
from scripts.benchmarks.bench_backtest import FEE, bench_history, prepared_on
from scripts.benchmarks.cpu_time import vectorbt_time
from scripts.benchmarks.report import BenchRow, alone, compared, print_rows
from strategies.library import EmaCrossover
from strategies.strategy_handle import LocalType
from utils.compiled import compiled

Pair = tuple[int, int]
METRICS = ("total_return", "sharpe", "max_drawdown", "round_trips", "win_rate")
_VECTORBT = """
import sys, time
import numpy as np, pandas as pd, vectorbt as vbt
close = pd.Series(np.load(sys.argv[1]))
pairs = np.load(sys.argv[2])
def run(pairs):
    fast = pd.concat([close.ewm(span=n, adjust=False).mean() for n in pairs[:, 0]], axis=1)
    slow = pd.concat([close.ewm(span=n, adjust=False).mean() for n in pairs[:, 1]], axis=1)
    slow.columns = fast.columns = range(len(pairs))
    up = fast > slow
    found = vbt.Portfolio.from_signals(close, up, ~up, fees=0.001, freq="1min")
    return found.total_return(), found.sharpe_ratio(), found.max_drawdown(), found.trades.count()
run(pairs[:2])
start = time.process_time_ns()
run(pairs)
print((time.process_time_ns() - start) / len(pairs) / len(close))
"""


@compiled
def fused(close: "np.ndarray[Any, Any]", pairs: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Cross two averages for every pair, all in and out with fees, in plain floats, in one pass."""
    found = np.empty((len(pairs), 4))
    for pair in range(len(pairs)):
        a, b = 2.0 / (pairs[pair, 0] + 1.0), 2.0 / (pairs[pair, 1] + 1.0)
        fast = slow = close[0]
        cash, size, peak, depth, total, squares = 1.0, 0.0, 1.0, 0.0, 0.0, 0.0
        before, round_trips = 1.0, 0
        for i in range(len(close)):
            price = close[i]
            fast += (price - fast) * a
            slow += (price - slow) * b
            if fast > slow and size == 0.0:
                size, cash = cash / (price * (1.0 + FEE)), 0.0
            elif fast < slow and size > 0.0:
                cash, size = size * price * (1.0 - FEE), 0.0
                round_trips += 1
            worth = cash + size * price
            change = worth / before - 1.0
            total += change
            squares += change * change
            before = worth
            peak = max(peak, worth)
            depth = max(depth, 1.0 - worth / peak)
        mean = total / len(close)
        width = np.sqrt(squares / len(close) - mean * mean)
        found[pair, 0], found[pair, 1], found[pair, 2], found[pair, 3] = (
            before,
            mean / width,
            depth,
            round_trips,
        )
    return found


def pairs_of(count: int) -> list[Pair]:
    """Return `count` valid pairs of a fast and a slow average, ordered by the slow one."""
    side = next(n for n in range(1, 10_000) if n * n >= count)
    pairs = product(range(120, 120 + side), range(5, 5 + side))
    return [(fast, slow) for slow, fast in pairs][:count]


def parameters_of(pairs: list[Pair]) -> list[dict[str, Any]]:
    """Return pairs as parameter sets."""
    return [{"fast": fast, "slow": slow} for fast, slow in pairs]


def swept_s(worker_factory: WorkerFactory, prepared: PreparedBacktest, pairs: list[Pair]) -> float:
    """Return the wall seconds of a sweep by workers that have started and hold the history."""
    with worker_factory.open_pool(Evaluator(prepared, METRICS)) as worker_pool:
        for _ in worker_pool.evaluate(parameters_of(pairs[:8])):
            pass
        started = time.perf_counter()
        for _ in worker_pool.evaluate(parameters_of(pairs)):
            pass
        return time.perf_counter() - started


def cpu_ns(prepared: PreparedBacktest, pairs: list[Pair]) -> float:
    """Return the CPU nanoseconds of one set in this process."""
    evaluator = Evaluator(prepared, METRICS)
    evaluator(parameters_of(pairs)[0])
    started = time.process_time_ns()
    for parameters in parameters_of(pairs):
        evaluator(parameters)
    return (time.process_time_ns() - started) / len(pairs)


def bare_ns(close: "np.ndarray[Any, Any]", pairs: list[Pair]) -> float:
    """Return the CPU nanoseconds of one pair of the bare loop."""
    columns = np.array(pairs, np.float64)
    fused(close[:16], columns[:1])
    started = time.process_time_ns()
    fused(close, columns)
    return (time.process_time_ns() - started) / len(pairs)


def measured(bars: int, sets: list[int], vectorbt: Path | None) -> list[BenchRow]:
    """Time sweeps of several sizes, the bare loop, and the searchers alone."""
    history = bench_history(bars)
    prepared = replace(prepared_on(history, bars), decider=SharedDecider())
    close = next(history.candles()).close
    few = pairs_of(200)
    ours, bare = cpu_ns(prepared, few[::4]), bare_ns(close, few)
    sizes = _sizes(prepared, sets)
    # Measured before vectorbt becomes a child, too: it takes gigabytes.
    peak_mb, worker_mb = (
        resource.getrusage(usage).ru_maxrss / 1024
        for usage in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    rows = [
        compared(f"one set of a sweep, {bars:,} bars", "bare fused loop", ours / bars, bare / bars,
             "ns/bar", 3.0),
        *_against_vectorbt(ours / bars, close, few[:25], vectorbt),
        *sizes,
        *_search_rows(bare),
    ]  # fmt: skip
    rows.append(alone("peak memory of this process", peak_mb, "MB"))
    rows.append(alone("peak memory of the largest worker", worker_mb, "MB"))
    return rows


def _sizes(prepared: PreparedBacktest, sets: list[int]) -> list[BenchRow]:
    alone_s = swept_s(SerialWorkerFactory(), prepared, pairs_of(sets[0]))
    first = f"{sets[0]:,} sets"
    rows = [alone(f"{first}, this process, wall", alone_s, "s")]
    with worker_processes(2) as worker_factory:
        costs = [(count, swept_s(worker_factory, prepared, pairs_of(count))) for count in sets]
    two_s = costs[0][1]
    rows.append(compared(f"{first}, 2 workers, wall", "1 process", two_s, alone_s, "s", 1 / 1.8))
    each_ms = two_s / sets[0] * 1_000
    for count, spent_s in costs[1:]:
        work = f"each of {count:,} sets, 2 workers"
        rows.append(compared(work, f"each of {first}", spent_s / count * 1_000, each_ms, "ms", 1.1))
    return rows


def _search_rows(bare: float) -> list[BenchRow]:
    space = parse_space(LocalType(EmaCrossover), ["fast=5..104", "slow=120..219"])
    started = time.process_time_ns()
    count = len(GridSearch(space).ask(10_000))
    grid_ns = (time.process_time_ns() - started) / count
    tpe = TpeSearch(space, 512, seed=1)
    started = time.process_time_ns()
    while points := tpe.ask(tpe.round_size):
        tpe.tell([ScoredPoint(point, -abs(float(str(point[0])) - 30)) for point in points])
    tpe_ms = (time.process_time_ns() - started) / 512 / 1e6
    return [
        compared("grid, each point", "bare fused loop", grid_ns / 1_000, bare / 1_000, "us", 0.1),
        BenchRow("TPE, each of 512 points", None, round(tpe_ms, 2), None, "ms", None, "<= 10",
            tpe_ms <= 10),
    ]  # fmt: skip


def _against_vectorbt(
    ours: float, close: "np.ndarray[Any, Any]", pairs: list[Pair], python: Path | None
) -> list[BenchRow]:
    peer = vectorbt_time(python, _VECTORBT, close, np.array(pairs))
    if peer is None:
        return []
    return [compared("one set of a sweep", "vectorbt, 25 a call", ours, peer, "ns/bar", 0.02)]


def main(
    bars: Annotated[int, typer.Option(help="Length of the random walk.")] = 100_000,
    sets: Annotated[list[int] | None, typer.Option(help="Sizes of sweeps; repeat.")] = None,
    vectorbt: Annotated[
        Path | None, typer.Option(help="A Python of another environment, with vectorbt.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print rows for machines.")] = False,
) -> None:
    """Print what a sweep costs for each bar and set, on one core and on two."""
    print_rows(measured(bars, sets or [1_000, 10_000], vectorbt), as_json=as_json)


if __name__ == "__main__":
    typer.run(main)
